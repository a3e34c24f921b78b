package dev.caisson.network.dns;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Answers as bytes. */
public final class Reply {
    public static final int NOERROR = 0;
    public static final int FORMERR = 1;
    public static final int SERVFAIL = 2;
    public static final int NXDOMAIN = 3;
    public static final int NOTIMP = 4;
    public static final int REFUSED = 5;
    private static final int QR = 0x8000;
    private static final int AA = 0x400;
    private static final int TC = 0x200;
    private static final int RD = 0x100;
    private static final int RA = 0x80;
    /** Containers come and go: nobody keeps an answer for long. */
    private static final int TTL = 5;
    private static final int POINTER_TO_QUESTION = 0xc000 | Query.HEADER;

    private Reply() {}

    static byte[] header(int id, int code) {
        return ByteBuffer.allocate(Query.HEADER).putShort((short) id).putShort((short) (QR | RA | code)).array();
    }

    /** With a code and no records. */
    public static byte[] of(Query query, int code) {
        return message(query, code, Question.A, List.of(), 0);
    }

    /** IPv4 addresses. @param limit bytes; what does not fit is left out, and the answer says that it was cut */
    public static byte[] addresses(Query query, List<Integer> addresses, int limit) {
        return message(query, NOERROR, Question.A, addresses.stream().map(a -> ByteBuffer.allocate(4).putInt(a).array()).toList(), limit);
    }

    /** IPv6 addresses, 16 bytes each. @param limit bytes; what does not fit is left out, and the answer says that it was cut */
    public static byte[] addresses6(Query query, List<byte[]> addresses, int limit) {
        return message(query, NOERROR, Question.AAAA, addresses, limit);
    }

    /** A name for an address. */
    public static byte[] name(Query query, String name) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String label : name.split("\\.")) {
            byte[] bytes = label.getBytes(StandardCharsets.ISO_8859_1);
            if (bytes.length == 0 || bytes.length > 63) {
                return of(query, NXDOMAIN);
            }
            out.write(bytes.length);
            out.writeBytes(bytes);
        }
        out.write(0);
        return message(query, NOERROR, Question.PTR, List.of(out.toByteArray()), Integer.MAX_VALUE);
    }

    private static byte[] message(Query query, int code, int type, List<byte[]> records, int limit) {
        ByteArrayOutputStream question = new ByteArrayOutputStream();
        for (String label : query.question().labels()) {
            question.write(label.length());
            question.writeBytes(label.getBytes(StandardCharsets.ISO_8859_1));
        }
        question.write(0);
        List<byte[]> fitting = new ArrayList<>();
        int size = Query.HEADER + question.size() + 4;
        for (byte[] record : records) {
            if (size + 12 + record.length <= limit) {
                size += 12 + record.length;
                fitting.add(record);
            }
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        out.putShort((short) query.id()).putShort((short) (QR | AA | RA | (query.recursionDesired() ? RD : 0) | (fitting.size() < records.size() ? TC : 0) | code));
        out.putShort((short) 1).putShort((short) fitting.size()).putInt(0).put(question.toByteArray());
        out.putShort((short) query.question().type()).putShort((short) query.question().klass());
        for (byte[] record : fitting) {
            out.putShort((short) POINTER_TO_QUESTION).putShort((short) type).putShort((short) Question.IN).putInt(TTL).putShort((short) record.length).put(record);
        }
        return out.array();
    }

    /** The same message under another number. */
    public static byte[] numbered(byte[] message, int id) {
        byte[] copy = message.clone();
        ByteBuffer.wrap(copy).putShort((short) id);
        return copy;
    }
}
