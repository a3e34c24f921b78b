package dev.caisson;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;

/**
 * The keys that, typed one after the other, leave a terminal without ending what runs there ({@code --detach-keys}). Written as docker does: keys with commas between,
 * each a single character, {@code DEL}, or {@code ctrl-} and one of {@code @ a–z [ \ ] ^ _}.
 */
public final class DetachKeys {
    /** Nothing typed leaves. */
    public static final DetachKeys NONE = new DetachKeys("", new byte[0]);
    /** {@code ctrl-p,ctrl-q}, as docker has it. */
    public static final DetachKeys DEFAULT = of("ctrl-p,ctrl-q");

    private static final String CONTROL = "ctrl-";
    /** In the order of their codes, from 0. */
    private static final String CONTROLLED = "@abcdefghijklmnopqrstuvwxyz[\\]^_";
    private static final byte DELETE = 127;
    private static final String REMEDY = "write keys with commas between: single characters, DEL, or ctrl- and one of @ a-z [ \\ ] ^ _, such as \"ctrl-p,ctrl-q\"; \"\" for none";

    private final String text;
    private final byte[] bytes;

    private DetachKeys(String text, byte[] bytes) {
        this.text = text;
        this.bytes = bytes;
    }

    /**
     * Reads them.
     *
     * @param keys with commas between; "" for none
     * @return {@link #NONE} for ""
     * @throws InvalidSpec naming the key that is none
     */
    public static DetachKeys of(String keys) {
        if (keys.isEmpty()) {
            return NONE;
        }
        ByteArrayOutputStream codes = new ByteArrayOutputStream();
        for (String key : keys.split(",", -1)) {
            codes.write(code(keys, key));
        }
        return new DetachKeys(keys, codes.toByteArray());
    }

    private static int code(String keys, String key) {
        if (key.length() == 1 && key.charAt(0) < 128) {
            return key.charAt(0);
        }
        if (key.equals("DEL")) {
            return DELETE;
        }
        int control = key.length() == CONTROL.length() + 1 && key.startsWith(CONTROL) ? CONTROLLED.indexOf(key.charAt(CONTROL.length())) : -1;
        if (control < 0) {
            throw new InvalidSpec(List.of(new InvalidSpec.Problem("detachKeys(\"" + keys + "\")", "has '" + key + "', which is no key", REMEDY)));
        }
        return control;
    }

    /** {@return what a terminal sends for them; the caller's} */
    public byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DetachKeys keys && Arrays.equals(keys.bytes, bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return text;
    }
}
