package dev.caisson.core.launch;

/**
 * A plan while it is written: numbers, little endian, one after another, and behind them texts, to which they refer. In plain arrays: most JVMs start few containers, and run this before it is
 * compiled, where each call counts; a ByteBuffer makes ten of them for a number.
 */
final class PlanBytes {
    private final byte[] bytes;
    private int at;
    private int text;

    /** @param size of all @param texts where they begin */
    PlanBytes(int size, int texts) {
        bytes = new byte[size];
        text = texts;
    }

    PlanBytes int16(int value) {
        bytes[at] = (byte) value;
        bytes[at + 1] = (byte) (value >> 8);
        at += 2;
        return this;
    }

    PlanBytes int32(int value) {
        bytes[at] = (byte) value;
        bytes[at + 1] = (byte) (value >> 8);
        bytes[at + 2] = (byte) (value >> 16);
        bytes[at + 3] = (byte) (value >> 24);
        at += 4;
        return this;
    }

    PlanBytes int64(long value) {
        if (value == 0) { // as most are
            at += 8;
            return this;
        }
        return int32((int) value).int32((int) (value >> 32));
    }

    /** Its place and length; a zero byte follows it there. */
    PlanBytes text(byte[] value) {
        int32(text).int32(value.length);
        System.arraycopy(value, 0, bytes, text, value.length);
        text += value.length + 1;
        return this;
    }

    /** All of it. */
    byte[] bytes() {
        return bytes;
    }
}
