package dev.caisson.network.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/** One request being written: header, fixed part, attributes. Numbers are in the machine's byte order unless a method says network order. */
public final class Message {
    public static final int REQUEST = 0x1;
    public static final int ACK = 0x4;
    public static final int EXCL = 0x200;
    public static final int CREATE = 0x400;
    public static final int APPEND = 0x800;
    public static final int REPLACE = 0x100;
    public static final int DUMP = 0x300;

    static final int HEADER = 16;
    static final int SEQUENCE = 8;
    private static final int NESTED = 0x8000;
    private static final int MAX = 1 << 16;

    private ByteBuffer out = ByteBuffer.allocate(512).order(ByteOrder.nativeOrder());
    private final String about;

    private Message(int type, int flags, String about) {
        this.about = about;
        out.putInt(0).putShort((short) type).putShort((short) flags).putInt(0).putInt(0);
    }

    /** @param about what it asks for, as a phrase for "could not …" */
    public static Message of(int type, int flags, String about) {
        return new Message(type, flags | REQUEST, about);
    }

    /** What it asks for. */
    public String about() {
        return about;
    }

    boolean wantsAck() {
        return (out.getShort(6) & ACK) != 0;
    }

    private ByteBuffer room(int bytes) {
        if (out.remaining() < bytes) {
            if (out.position() + bytes > MAX) {
                throw new IllegalStateException(about + ": a netlink message of more than " + MAX + " bytes");
            }
            ByteBuffer larger = ByteBuffer.allocate(Math.max(out.capacity() * 2, out.position() + bytes)).order(ByteOrder.nativeOrder());
            out = larger.put(out.flip());
        }
        return out;
    }

    /** Raw bytes of the fixed part, not padded. */
    public Message raw(byte... bytes) {
        room(bytes.length).put(bytes);
        return this;
    }

    /** A 16-bit number of the fixed part. */
    public Message raw16(int value) {
        room(2).putShort((short) value);
        return this;
    }

    /** A 32-bit number of the fixed part. */
    public Message raw32(int value) {
        room(4).putInt(value);
        return this;
    }

    /** An attribute. */
    public Message put(int type, byte... value) {
        int padded = value.length + 3 & ~3;
        room(Attributes.HEADER + padded).putShort((short) (Attributes.HEADER + value.length)).putShort((short) type).put(value);
        for (int i = value.length; i < padded; i++) {
            out.put((byte) 0);
        }
        return this;
    }

    /** A text with its NUL. */
    public Message text(int type, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return put(type, Arrays.copyOf(bytes, bytes.length + 1));
    }

    /** A 32-bit number. */
    public Message number(int type, int value) {
        return put(type, ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array());
    }

    /** A 32-bit number in network order. */
    public Message network32(int type, int value) {
        return put(type, ByteBuffer.allocate(4).putInt(value).array());
    }

    /** A 64-bit number in network order. */
    public Message network64(int type, long value) {
        return put(type, ByteBuffer.allocate(8).putLong(value).array());
    }

    /** Attributes inside one. */
    public Message nest(int type, Consumer<Message> inner) {
        return nestRaw(type | NESTED, inner);
    }

    /** As {@link #nest}, without the flag: rtnetlink's older attributes. */
    public Message nestRaw(int type, Consumer<Message> inner) {
        int start = room(Attributes.HEADER).position();
        out.putShort((short) 0).putShort((short) type);
        inner.accept(this);
        out.putShort(start, (short) (out.position() - start));
        return this;
    }

    /** The bytes, with a length, and the given sequence number. */
    public byte[] encode(int sequence) {
        byte[] bytes = Arrays.copyOf(out.array(), out.position() + 3 & ~3);
        ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putInt(0, out.position()).putInt(SEQUENCE, sequence);
        return bytes;
    }
}
