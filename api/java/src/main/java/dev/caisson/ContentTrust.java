package dev.caisson;

import dev.caisson.spi.Given;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Docker content trust: whether a tag is what its publisher has signed, by the metadata of a Notary server (version 1, The Update Framework). With it on, a tag is the
 * digest that is signed for it and nothing else; a reference that has a digest is that digest, signed or not. The first root of a repository that is seen is trusted from
 * then on, unless its keys are pinned here; what was seen is kept below the engine's root directory. {@code Engine.builder().contentTrust(ContentTrust.enforced())}
 *
 * @param enabled whether tags have to be signed ({@code DOCKER_CONTENT_TRUST=1})
 * @param server the Notary server; null for that of {@code DOCKER_CONTENT_TRUST_SERVER}, else {@code https://notary.docker.io} for Docker Hub and {@code https://REGISTRY} for others
 * @param certs which keys the root may have, by repository ({@code registry.example.org/team/app}) or prefix ({@code registry.example.org/team/*}); Notary's trust_pinning.certs
 * @param ca PEM files of the authorities that issue root certificates, by beginning of the repository; Notary's trust_pinning.ca
 * @param tofu whether the first root seen of a repository without a pin is trusted ("trust on first use")
 * @param signingKey with which {@code push} signs; null for a push that is refused, as it would have to sign
 * @see <a href="https://docs.docker.com/engine/security/trust/">the Docker manual</a>
 */
public record ContentTrust(boolean enabled, @Nullable URI server, Map<String, Set<String>> certs, Map<String, Path> ca, boolean tofu,
        @Nullable Path signingKey) {
    private static final int ID_LENGTH = 64;

    /**
     * Maps are copied, and the server is checked.
     *
     * @throws InvalidSpec if the server is no https address
     */
    public ContentTrust {
        certs = Map.copyOf(certs);
        ca = Map.copyOf(ca);
        if (server != null && (!"https".equals(server.getScheme()) || server.getHost() == null || server.getRawQuery() != null || server.getRawUserInfo() != null)) {
            throw new InvalidSpec("contentTrust(server " + server + ")", "is no https address of a server", "write https://notary.example.org[:port]");
        }
    }

    /**
     * Tags have to be signed.
     *
     * @return without pins and without a key to sign with; the first root seen of a repository is trusted
     */
    public static ContentTrust enforced() {
        return new ContentTrust(true, null, Map.of(), Map.of(), true, null);
    }

    /** {@return a choice by which tags are what the registry says ({@code --disable-content-trust}), whatever {@code DOCKER_CONTENT_TRUST} says} */
    public static ContentTrust disabled() {
        return new ContentTrust(false, null, Map.of(), Map.of(), true, null);
    }

    /**
     * Asks this Notary server for all repositories ({@code DOCKER_CONTENT_TRUST_SERVER}). Its authority and credentials are those of a {@link RegistryAccess} for its host
     * and port, else those of docker's files.
     *
     * @param address {@code https://notary.example.org[:port]}
     * @return a copy
     * @throws InvalidSpec if it is no address of https
     */
    public ContentTrust server(String address) {
        Given.one(address);
        URI uri;
        try {
            uri = URI.create(address.replaceFirst("/+$", ""));
        } catch (IllegalArgumentException e) {
            throw new InvalidSpec("contentTrust(server " + address + ")", "is no https address of a server", "write https://notary.example.org[:port]");
        }
        return new ContentTrust(enabled, uri, certs, ca, tofu, signingKey);
    }

    /**
     * Only a root signed by one of these keys is taken, also the first time.
     *
     * @param repository {@code registry.example.org/team/app}, or a beginning that ends in {@code *}; what is written out comes first, then the longest beginning
     * @param keyIds 64 hex digits each, as {@code notary key list} and {@link ImageTrust#rootKeys()} show them
     * @return a copy
     * @throws InvalidSpec if an id is none, or there is none
     */
    public ContentTrust certs(String repository, String... keyIds) {
        Given.all(repository, keyIds);
        Set<String> ids = new LinkedHashSet<>(List.of(keyIds));
        if (ids.isEmpty() || !ids.stream().allMatch(id -> id.length() == ID_LENGTH && id.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f'))) {
            throw new InvalidSpec("contentTrust(certs " + repository + ")", "a key's id has " + ID_LENGTH + " lower-case hex digits", "notary key list shows them");
        }
        Map<String, Set<String>> all = new LinkedHashMap<>(certs);
        all.put(repository, Set.copyOf(ids));
        return new ContentTrust(enabled, server, all, ca, tofu, signingKey);
    }

    /**
     * Only a root whose certificate one of these authorities has issued is taken, also the first time. Where {@link #certs} has keys for a repository, those count.
     *
     * @param prefix beginning of the repositories it is for: {@code registry.example.org/team/}
     * @param pem a file of certificates
     * @return a copy
     */
    public ContentTrust ca(String prefix, Path pem) {
        Given.all(prefix, pem);
        Map<String, Path> all = new LinkedHashMap<>(ca);
        all.put(prefix, pem.toAbsolutePath().normalize());
        return new ContentTrust(enabled, server, certs, all, tofu, signingKey);
    }

    /**
     * A repository without a pin and of which nothing was seen before is refused (Notary's trust_pinning.disable_tofu).
     *
     * @return a copy
     */
    public ContentTrust disableTofu() {
        return new ContentTrust(enabled, server, certs, ca, false, signingKey);
    }

    /**
     * A push signs its tag with this key, in {@code targets/releases} and every other delegation that has it ({@code docker push} with content trust). The repository's owner
     * makes it a signer ({@code docker trust signer add}) and has the server sign snapshots, which is docker's way.
     *
     * @param pem a private key, PKCS #8 as PEM without a password; it is read at each push
     * @return a copy
     */
    public ContentTrust signingKey(Path pem) {
        Given.one(pem);
        return new ContentTrust(enabled, server, certs, ca, tofu, pem.toAbsolutePath().normalize());
    }
}
