package dev.caisson.core.trust;

import java.util.HexFormat;
import java.util.Map;
import java.util.LinkedHashMap;
import java.util.Set;

/**
 * What a file must be: its length and hashes, SHA-256 among them.
 *
 * @param hashes by Notary's names, sha256 and sha512
 */
record FileMeta(long length, Map<String, byte[]> hashes) {
    private static final Set<String> KNOWN = Set.of("sha256", "sha512");

    static FileMeta parse(Json json) {
        Map<String, byte[]> hashes = new LinkedHashMap<>();
        Json given = json.object("hashes");
        for (String algorithm : KNOWN) {
            if (given.has(algorithm)) {
                byte[] hash = given.base64(algorithm);
                if (hash.length != (algorithm.equals("sha256") ? 32 : 64)) {
                    throw given.bad("a " + algorithm + " of " + hash.length + " bytes");
                }
                hashes.put(algorithm, hash);
            }
        }
        if (!hashes.containsKey("sha256")) {
            throw json.bad("there is no sha256");
        }
        return new FileMeta(json.number("length"), hashes);
    }

    /** Lower-case hex. */
    String sha256() {
        return HexFormat.of().formatHex(hashes.get("sha256"));
    }

    boolean describes(byte[] content) {
        return content.length == length && hashes.entrySet().stream().allMatch(h ->
                java.security.MessageDigest.isEqual(h.getValue(), TrustKey.digest(h.getKey().equals("sha256") ? "SHA-256" : "SHA-512", content)));
    }

    boolean same(FileMeta other) {
        return length == other.length && sha256().equals(other.sha256());
    }
}
