package dev.caisson.registry.protocol;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The digest of some content, {@code sha256:…} or {@code sha512:…}. It is checked here before it names a file, so nothing of a client's text reaches a path.
 *
 * @param algorithm {@code sha256} or {@code sha512}
 * @param hex 64 or 128 lower-case digits
 */
public record Digest(String algorithm, String hex) {
    private static final int SHA256 = 64;
    private static final int SHA512 = 128;

    public Digest {
        int digits = algorithm.equals("sha256") ? SHA256 : algorithm.equals("sha512") ? SHA512 : -1;
        if (hex.length() != digits || !hex.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
            throw new Fault(Code.DIGEST_INVALID, "a digest is sha256: with 64 or sha512: with 128 lower-case hex digits");
        }
    }

    /** @throws Fault if it is none */
    public static Digest parse(String text) {
        int colon = text.indexOf(':');
        return new Digest(colon < 0 ? "" : text.substring(0, colon), text.substring(colon + 1));
    }

    /** Whether the text is meant for one: a tag has no colon. */
    public static boolean looksLike(String reference) {
        return reference.indexOf(':') >= 0;
    }

    /** A hash function for digests of this algorithm. */
    public static MessageDigest hasher(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm.toUpperCase(Locale.ROOT).replace("SHA", "SHA-"));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has " + algorithm, e);
        }
    }

    /** Of some bytes. */
    public static Digest of(String algorithm, byte[] content) {
        MessageDigest hasher = hasher(algorithm);
        hasher.update(content);
        return finished(algorithm, hasher);
    }

    /** Of what the function was fed. */
    public static Digest finished(String algorithm, MessageDigest hasher) {
        return new Digest(algorithm, HexFormat.of().formatHex(hasher.digest()));
    }

    @Override
    public String toString() {
        return algorithm + ":" + hex;
    }
}
