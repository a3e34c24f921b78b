package dev.caisson.spi.storage;

import java.util.regex.Pattern;

/**
 * The name of a layer in a store: its OCI chainID, {@code sha256:…}, so that a layer is identified together with everything below it.
 *
 * @param digest algorithm and lower-case hex
 */
public record LayerId(String digest) {
    private static final Pattern FORM = Pattern.compile("sha256:[0-9a-f]{64}");

    /**
     * A digest that is checked.
     *
     * @throws IllegalArgumentException if it is not {@code sha256:} and 64 lower-case hex digits
     */
    public LayerId {
        if (!FORM.matcher(digest).matches()) {
            throw new IllegalArgumentException("'" + digest + "' is not a layer id of the form sha256:<64 hex digits>");
        }
    }

    /**
     * The hex digits: safe as a file name.
     *
     * @return 64 of them, in lower case
     */
    public String hex() {
        return digest.substring(7);
    }

    @Override
    public String toString() {
        return digest;
    }
}
