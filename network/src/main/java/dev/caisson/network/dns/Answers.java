package dev.caisson.network.dns;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The addresses in an answer (RFC 1035 4.1.3), behind aliases if there are some.
 *
 * @param addresses of 4 or of 16 bytes, as was asked
 * @param seconds how long all of it holds
 */
public record Answers(List<byte[]> addresses, int seconds) {
    private static final Answers NONE = new Answers(List.of(), 0);
    private static final int CNAME = 5;
    private static final int ALIASES = 16;
    private static final int MAX_NAME = 255;
    private static final int MAX_RECORDS = 512;
    private static final int ADDRESSES = 64;

    public Answers {
        addresses = List.copyOf(addresses);
    }

    private record Alias(String name, int seconds) {}

    private record Address(String owner, byte[] value, int seconds) {}

    /** Reads a whole message. Nothing that arrives makes it throw: what is malformed has no addresses. */
    public static Answers parse(byte[] message) {
        try {
            ByteBuffer in = ByteBuffer.wrap(message);
            int questions = Short.toUnsignedInt(in.getShort(4));
            int records = Short.toUnsignedInt(in.getShort(6));
            if (questions != 1 || records > MAX_RECORDS || (in.get(3) & 15) != Reply.NOERROR) {
                return NONE;
            }
            in.position(Query.HEADER);
            String name = name(in);
            int type = Short.toUnsignedInt(in.getShort());
            in.getShort();
            return type == Question.A || type == Question.AAAA ? follow(in, records, name, type) : NONE;
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            return NONE;
        }
    }

    private static Answers follow(ByteBuffer in, int records, String asked, int wanted) {
        Map<String, Alias> aliases = new HashMap<>();
        List<Address> all = new ArrayList<>();
        int size = wanted == Question.A ? 4 : 16;
        for (int i = 0; i < records; i++) {
            String owner = name(in);
            int type = Short.toUnsignedInt(in.getShort());
            int klass = Short.toUnsignedInt(in.getShort());
            int seconds = Math.max(0, in.getInt());
            int length = Short.toUnsignedInt(in.getShort());
            int end = in.position() + length;
            if (klass == Question.IN && type == CNAME) {
                aliases.putIfAbsent(owner, new Alias(name(in), seconds));
            } else if (klass == Question.IN && type == wanted && length == size) {
                byte[] value = new byte[size];
                in.get(value);
                all.add(new Address(owner, value, seconds));
            }
            in.position(end);
        }
        String name = asked;
        int seconds = Integer.MAX_VALUE;
        for (int i = 0; i < ALIASES && aliases.containsKey(name); i++) {
            seconds = Math.min(seconds, aliases.get(name).seconds);
            name = aliases.get(name).name;
        }
        List<byte[]> found = new ArrayList<>();
        for (Address each : all) {
            if (each.owner.equals(name) && found.size() < ADDRESSES) {
                seconds = Math.min(seconds, each.seconds);
                found.add(each.value);
            }
        }
        return found.isEmpty() ? NONE : new Answers(found, seconds);
    }

    /** A name that may end in a pointer to an earlier one; each pointer leads further back, so that it ends. */
    private static String name(ByteBuffer in) {
        StringBuilder name = new StringBuilder();
        int at = in.position();
        int lowest = at;
        boolean jumped = false;
        while (true) {
            int length = Byte.toUnsignedInt(in.get(at++));
            if (length >= 0xc0) {
                int to = (length & 0x3f) << 8 | Byte.toUnsignedInt(in.get(at++));
                if (!jumped) {
                    in.position(at);
                }
                if (to >= lowest) {
                    throw new IllegalArgumentException("a pointer forward");
                }
                jumped = true;
                lowest = to;
                at = to;
            } else if (length > 63) {
                throw new IllegalArgumentException("no label");
            } else if (length == 0) {
                if (!jumped) {
                    in.position(at);
                }
                return name.toString();
            } else {
                byte[] label = new byte[length];
                in.get(at, label);
                at += length;
                String text = new String(label, StandardCharsets.ISO_8859_1).replace(".", "\\.").toLowerCase(Locale.ROOT);
                name.append(name.isEmpty() ? "" : ".").append(text);
                if (name.length() > 2 * MAX_NAME) {
                    throw new IllegalArgumentException("a name that is too long");
                }
            }
        }
    }
}
