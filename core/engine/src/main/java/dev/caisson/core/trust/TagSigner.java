package dev.caisson.core.trust;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.Stage;
import dev.caisson.TrustProblem;
import dev.caisson.core.content.Digest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Signs a tag in every delegation that a key may sign for, {@code targets/releases} among them, as {@code docker trust sign} does. */
final class TagSigner {
    private static final int YEARS = 3;
    private static final String OWNER_HAS_TO = "the repository's owner lets it: docker trust signer add --key CERTIFICATE NAME REPOSITORY";

    private final String repository;
    private final Path file;
    private final SigningKey key;

    TagSigner(String repository, Path file) {
        this.repository = repository;
        this.file = file;
        this.key = SigningKey.read(file, repository);
    }

    /**
     * Where the key may sign.
     *
     * @throws TrustProblem if that is not {@code targets/releases}, or not alone
     */
    List<Targets.Delegation> roles(TrustView view, String tag) {
        List<Targets.Delegation> mine = view.top().delegations().stream().filter(d -> d.covers(tag)).filter(d -> keyId(view, d) != null).toList();
        if (mine.stream().noneMatch(d -> d.role().name().equals(Role.RELEASES))) {
            throw problem(Role.RELEASES, "the key " + file + " may not sign '" + tag + "' for release", OWNER_HAS_TO);
        }
        mine.stream().filter(d -> d.role().threshold() > 1).findFirst().ifPresent(d -> {
            throw problem(d.role().name(), d.role().threshold() + " signers have to sign together, and this is one", "sign with notary(1), which can collect signatures");
        });
        return mine;
    }

    private @org.jspecify.annotations.Nullable String keyId(TrustView view, Targets.Delegation delegation) {
        return delegation.role().keyIds().stream().filter(id -> key.fits(java.util.Objects.requireNonNull(view.top().keys().get(id)))).findFirst().orElse(null);
    }

    /** New metadata of those roles, by role. */
    Map<String, byte[]> sign(TrustView view, String tag, Digest digest, long size, Instant now) {
        Map<String, byte[]> files = new TreeMap<>();
        for (Targets.Delegation delegation : roles(view, tag)) {
            String role = delegation.role().name();
            Targets before = view.delegated().get(role);
            ObjectNode body = before == null ? empty() : before.signed().body().copy();
            ObjectNode target = JsonNodeFactory.instance.objectNode();
            target.putObject("hashes").put("sha256", Base64.getEncoder().encodeToString(HexFormat.of().parseHex(digest.hex())));
            target.put("length", size);
            ((ObjectNode) body.get("targets")).set(tag, target);
            body.put("version", before == null ? 1 : before.signed().version() + 1);
            // Whole seconds: the server writes the file anew, and Go writes fractions otherwise than Java does, so that hash and signature would not fit.
            body.put("expires", DateTimeFormatter.ISO_INSTANT.format(now.truncatedTo(ChronoUnit.SECONDS).atOffset(ZoneOffset.UTC).plusYears(YEARS)));
            files.put(role, signed(body, String.valueOf(keyId(view, delegation))));
        }
        return files;
    }

    private static ObjectNode empty() {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("_type", "Targets");
        body.putObject("targets");
        ObjectNode delegations = body.putObject("delegations");
        delegations.putObject("keys");
        delegations.putArray("roles");
        return body;
    }

    private byte[] signed(JsonNode body, String keyId) {
        byte[] message = Canonical.bytes(body);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("{\"signed\":".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(message);
        out.writeBytes((",\"signatures\":[{\"keyid\":\"" + keyId + "\",\"method\":\"" + key.method() + "\",\"sig\":\"" + Base64.getEncoder().encodeToString(key.sign(message)) + "\"}]}")
                .getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    private TrustProblem problem(String role, String reason, String remedy) {
        return new TrustProblem(Stage.PUSH, repository, role, reason, remedy, null);
    }
}
