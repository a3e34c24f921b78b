package dev.caisson.core.trust;

import dev.caisson.ContentTrust;
import dev.caisson.TrustProblem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which roots are taken for a repository: their keys are certificates for its name, and what the user pinned (Notary's trust_pinning: keys before authorities before first use). */
final class Pins {
    private final ContentTrust trust;

    Pins(ContentTrust trust) {
        this.trust = trust;
    }

    /**
     * The root role with those keys alone that are certificates for the repository and pinned, where something is pinned.
     *
     * @param now when certificates have to be valid; null for never
     * @throws TrustProblem if there is none
     */
    Role keys(Root root, @org.jspecify.annotations.Nullable Instant now) {
        Subject subject = root.signed().subject();
        Set<String> ids = new HashSet<>();
        String why = "";
        for (String id : root.role(Role.ROOT).keyIds()) {
            TrustKey key = java.util.Objects.requireNonNull(root.keys().get(id));
            String fault = fault(key, subject.repository(), now);
            if (fault.isEmpty()) {
                ids.add(id);
            } else {
                why = "key " + id + " " + fault;
            }
        }
        if (ids.isEmpty()) {
            throw subject.problem("none of its keys is a certificate for " + subject.repository() + (why.isEmpty() ? "" : ": " + why), Subject.HOSTILE);
        }
        ids.removeIf(id -> !pinned(java.util.Objects.requireNonNull(root.keys().get(id)), subject, now));
        if (ids.isEmpty()) {
            throw subject.problem("its keys " + root.role(Role.ROOT).keyIds() + " are not those that are pinned for " + subject.repository(),
                    "if the publisher says that they are right, change the pin: ContentTrust.certs(…) or ca(…)");
        }
        return new Role(Role.ROOT, ids, root.role(Role.ROOT).threshold());
    }

    /** @throws TrustProblem if a root that nobody has seen before needs a pin, and there is none */
    void first(Subject subject) {
        if (!trust.tofu() && certs(subject.repository()).isEmpty() && authority(subject.repository()).isEmpty()) {
            throw subject.problem("it was not seen before, no key or authority is pinned for it, and trust on first use is disabled",
                    "pin it: ContentTrust.certs(\"" + subject.repository() + "\", keyId) or ca(prefix, file)");
        }
    }

    private static String fault(TrustKey key, String repository, @org.jspecify.annotations.Nullable Instant now) {
        if (key.chain().isEmpty()) {
            return "is no certificate";
        }
        X509Certificate certificate = key.chain().get(0);
        String name = commonName(certificate);
        if (!name.equals(repository)) {
            return "is for '" + name.replaceAll("\\p{Cntrl}", "?") + "'";
        }
        if (now != null && (now.isAfter(certificate.getNotAfter().toInstant()) || now.isBefore(certificate.getNotBefore().toInstant()))) {
            return "is valid from " + certificate.getNotBefore().toInstant() + " to " + certificate.getNotAfter().toInstant() + " alone";
        }
        return "";
    }

    /** From the name as RFC 2253 writes it; "" if there is none, or several, of which readers take different ones. */
    private static String commonName(X509Certificate certificate) {
        String name = certificate.getSubjectX500Principal().getName();
        String found = null;
        int from = 0;
        for (int i = 0; i <= name.length(); i++) {
            if (i == name.length() || name.charAt(i) == ',' || name.charAt(i) == '+') {
                String part = name.substring(from, i);
                if (part.startsWith("CN=") && found != null) {
                    return "";
                }
                found = part.startsWith("CN=") ? part.substring(3) : found;
                from = i + 1;
            } else if (name.charAt(i) == '\\') {
                i++; // what follows is no separator
            }
        }
        return found == null ? "" : found;
    }

    private boolean pinned(TrustKey key, Subject subject, @org.jspecify.annotations.Nullable Instant now) {
        Optional<Set<String>> ids = certs(subject.repository());
        if (ids.isPresent()) {
            return ids.get().contains(key.id());
        }
        Optional<Path> authority = authority(subject.repository());
        return authority.isEmpty() || issued(key.chain(), authority.get(), subject, now == null ? key.chain().get(0).getNotAfter().toInstant() : now);
    }

    private Optional<Set<String>> certs(String repository) {
        Set<String> exact = trust.certs().get(repository);
        return exact != null ? Optional.of(exact) : trust.certs().entrySet().stream()
                .filter(e -> e.getKey().endsWith("*") && repository.startsWith(e.getKey().substring(0, e.getKey().length() - 1)))
                .max(Comparator.comparingInt(e -> e.getKey().length())).map(Map.Entry::getValue);
    }

    private Optional<Path> authority(String repository) {
        return trust.ca().entrySet().stream().filter(e -> repository.startsWith(e.getKey())).max(Comparator.comparingInt(e -> e.getKey().length())).map(Map.Entry::getValue);
    }

    private static boolean issued(List<X509Certificate> chain, Path pem, Subject subject, Instant at) {
        Set<TrustAnchor> anchors = new HashSet<>();
        List<X509Certificate> path = new ArrayList<>(chain);
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (var authority : factory.generateCertificates(new ByteArrayInputStream(Files.readAllBytes(pem)))) {
                anchors.add(new TrustAnchor((X509Certificate) authority, null));
                if (authority.equals(chain.get(0))) {
                    return true; // it is pinned itself
                }
                path.remove(authority);
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new TrustProblem(dev.caisson.Stage.RESOLVE, subject.repository(), subject.role(), "its authority cannot be read from " + pem + ": " + e.getMessage(),
                    "ContentTrust.ca(…) wants a file of PEM certificates", e);
        }
        try {
            PKIXParameters parameters = new PKIXParameters(anchors);
            parameters.setRevocationEnabled(false); // root keys are revoked by a new root
            parameters.setDate(Date.from(at));
            CertPathValidator.getInstance("PKIX").validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
