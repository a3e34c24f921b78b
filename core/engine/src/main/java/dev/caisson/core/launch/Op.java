package dev.caisson.core.launch;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;

/**
 * One operation. Which field means what is said for each code in protocol.h.
 *
 * @param about for messages: what the user asked for that led to this operation; not sent to the guard
 */
public record Op(OpCode code, int slot, int slot2, int flags, long a, long b, long c, byte[] s, byte[] t, byte[] u, String about) {
    /** The empty byte string. */
    public static final byte[] NONE = {};
    /** No slot. */
    public static final int NO_SLOT = 0xffff;

    /** An operation with nothing set; the with-methods set the rest. */
    public static Op of(OpCode code) {
        return new Op(code, NO_SLOT, NO_SLOT, 0, 0, 0, 0, NONE, NONE, NONE, "");
    }

    public Op slot(int value) {
        return new Op(code, value, slot2, flags, a, b, c, s, t, u, about);
    }

    public Op slot2(int value) {
        return new Op(code, slot, value, flags, a, b, c, s, t, u, about);
    }

    public Op flags(int value) {
        return new Op(code, slot, slot2, value, a, b, c, s, t, u, about);
    }

    public Op args(long first, long second, long third) {
        return new Op(code, slot, slot2, flags, first, second, third, s, t, u, about);
    }

    public Op a(long value) {
        return args(value, b, c);
    }

    public Op s(String value) {
        return s(bytes(value));
    }

    public Op s(byte[] value) {
        return new Op(code, slot, slot2, flags, a, b, c, value, t, u, about);
    }

    public Op t(byte[] value) {
        return new Op(code, slot, slot2, flags, a, b, c, s, value, u, about);
    }

    public Op t(String value) {
        return t(bytes(value));
    }

    public Op u(byte[] value) {
        return new Op(code, slot, slot2, flags, a, b, c, s, t, value, about);
    }

    /** What the user asked for. */
    public Op about(String value) {
        return new Op(code, slot, slot2, flags, a, b, c, s, t, u, value);
    }

    /** UTF-8; a NUL inside is refused, since the guard's strings end there. */
    public static byte[] bytes(String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("NUL inside '" + text.replace("\0", "\\0") + "'");
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Strings as the guard reads lists: each ended by NUL. */
    public static byte[] strings(Collection<String> texts) {
        int size = 0;
        byte[][] parts = new byte[texts.size()][];
        int i = 0;
        for (String text : texts) {
            parts[i] = bytes(text);
            size += parts[i++].length + 1;
        }
        byte[] all = new byte[size];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length + 1;
        }
        return all;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Op p && code == p.code && slot == p.slot && slot2 == p.slot2 && flags == p.flags && a == p.a && b == p.b && c == p.c
                && Arrays.equals(s, p.s) && Arrays.equals(t, p.t) && Arrays.equals(u, p.u);
    }

    @Override
    public int hashCode() {
        return code.hashCode() * 31 + Arrays.hashCode(s);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(code.name());
        field(text, "slot", slot);
        field(text, "slot2", slot2);
        if (flags != 0) {
            text.append(" flags=").append(flags);
        }
        if (a != 0 || b != 0 || c != 0) {
            text.append(String.format(" %#x %#x %#x", a, b, c));
        }
        quoted(text, s);
        quoted(text, t);
        quoted(text, u);
        return text.toString();
    }

    private static void field(StringBuilder text, String name, int slot) {
        if (slot != NO_SLOT) {
            text.append(' ').append(name).append('=').append(slot >= LaunchPlan.SLOT_ENGINE ? "engine+" + (slot - LaunchPlan.SLOT_ENGINE) : slot);
        }
    }

    private static void quoted(StringBuilder text, byte[] bytes) {
        if (bytes.length > 0) {
            text.append(" '");
            for (int i = 0; i < Math.min(bytes.length, 100); i++) {
                char c = (char) (bytes[i] & 0xff);
                text.append(c == 0 ? "\\0" : c < ' ' || c > '~' ? String.format("\\x%02x", (int) c) : String.valueOf(c));
            }
            text.append(bytes.length > 100 ? "…" + bytes.length + "'" : "'");
        }
    }
}
