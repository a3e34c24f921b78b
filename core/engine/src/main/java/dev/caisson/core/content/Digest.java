package dev.caisson.core.content;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The digest of some content, as OCI writes it: {@code sha256:…} or {@code sha512:…} with lower-case hex. It is checked here before it names a file or
 * a URL, so nothing of an attacker's text reaches a path.
 *
 * @param algorithm {@code sha256} or {@code sha512}
 * @param hex 64 or 128 digits
 */
public record Digest(String algorithm, String hex) implements Comparable<Digest> {
    private static final Pattern HEX = Pattern.compile("[0-9a-f]+");

    public Digest {
        int digits = algorithm.equals("sha256") ? 64 : algorithm.equals("sha512") ? 128 : 0;
        if (digits == 0 || hex.length() != digits || !HEX.matcher(hex).matches()) {
            throw new IllegalArgumentException("'" + algorithm + ":" + hex + "' is not sha256 with 64 or sha512 with 128 lower-case hex digits");
        }
    }

    /**
     * Reads a digest that came from outside.
     *
     * @throws ImageProblem if it is of another algorithm or form
     */
    public static Digest parse(String text) {
        int colon = text.indexOf(':');
        if (colon > 0 && text.length() <= 7 + 128) {
            try {
                return new Digest(text.substring(0, colon), text.substring(colon + 1));
            } catch (IllegalArgumentException e) {
                // Told below, with the whole text.
            }
        }
        String shown = text.length() > 160 ? text.substring(0, 160) + "…" : text;
        throw new ImageProblem(Stage.RESOLVE, "'" + shown.replaceAll("\\p{Cntrl}", "?") + "' is no digest",
                "a digest is sha256: with 64 or sha512: with 128 lower-case hex digits");
    }

    /** Whether the text has the form of a digest. */
    public static boolean isDigest(String text) {
        return text.startsWith("sha256:") && text.length() == 71 && HEX.matcher(text.substring(7)).matches()
                || text.startsWith("sha512:") && text.length() == 135 && HEX.matcher(text.substring(7)).matches();
    }

    /** The SHA-256 digest of bytes in memory. */
    public static Digest of(byte[] content) {
        return of("sha256", hasher("sha256").digest(content));
    }

    /** From the result of a {@link #hasher}. */
    public static Digest of(String algorithm, byte[] hash) {
        return new Digest(algorithm, HexFormat.of().formatHex(hash));
    }

    /** A hasher for an algorithm this record accepts. */
    public static MessageDigest hasher(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm.equals("sha512") ? "SHA-512" : "SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256 and SHA-512", e);
        }
    }

    /** The first 12 hex digits, as docker shows an id. */
    public String brief() {
        return hex.substring(0, 12);
    }

    @Override
    public int compareTo(Digest other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return algorithm + ":" + hex;
    }
}
