package dev.caisson.network.dns;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A message with one question: a query, or the answer to one as far as it has to be looked at.
 *
 * @param response whether it is an answer
 * @param truncated whether an answer was cut
 * @param udpSize how many bytes the asker takes in one datagram
 */
public record Query(int id, boolean response, boolean recursionDesired, boolean truncated, Question question, int udpSize) {
    public static final int HEADER = 12;
    private static final int SMALLEST = 512;
    private static final int USUAL_SIZE = 1232;
    private static final int MAX_NAME = 255;
    private static final int OPT = 41;
    private static final int QR = 0x8000;
    private static final int TC = 0x200;
    private static final int RD = 0x100;

    /**
     * Reads it.
     *
     * @throws BadMessage if it has not exactly one question, or that is malformed
     */
    public static Query parse(byte[] message) throws BadMessage {
        if (message.length < HEADER) {
            throw new BadMessage(0, -1, "shorter than a header");
        }
        ByteBuffer in = ByteBuffer.wrap(message);
        int id = Short.toUnsignedInt(in.getShort());
        int flags = Short.toUnsignedInt(in.getShort());
        boolean response = (flags & QR) != 0;
        if ((flags >> 11 & 15) != 0) {
            throw new BadMessage(id, response ? -1 : Reply.NOTIMP, "no plain query");
        }
        int questions = Short.toUnsignedInt(in.getShort());
        int answers = Short.toUnsignedInt(in.getShort()) + Short.toUnsignedInt(in.getShort());
        int additional = Short.toUnsignedInt(in.getShort());
        int bad = response ? -1 : Reply.FORMERR;
        if (questions != 1) {
            throw new BadMessage(id, bad, questions + " questions");
        }
        List<String> labels = name(in, id, bad);
        if (in.remaining() < 4) {
            throw new BadMessage(id, bad, "the question is cut off");
        }
        Question question = new Question(labels, Short.toUnsignedInt(in.getShort()), Short.toUnsignedInt(in.getShort()));
        int size = response ? SMALLEST : udpSize(in, answers, additional);
        return new Query(id, response, (flags & RD) != 0, (flags & TC) != 0, question, size);
    }

    /** Writes a question for an address. @param name with dots, each label 1 to 63 characters of one byte */
    public static byte[] write(int id, String name, int type) {
        ByteBuffer out = ByteBuffer.allocate(HEADER + name.length() + 2 + 4 + 11).putShort((short) id).putShort((short) RD).putShort((short) 1).putInt(0).putShort((short) 1);
        for (String label : name.split("\\.")) {
            out.put((byte) label.length()).put(label.getBytes(StandardCharsets.ISO_8859_1));
        }
        out.put((byte) 0).putShort((short) type).putShort((short) Question.IN);
        return out.put((byte) 0).putShort((short) OPT).putShort((short) USUAL_SIZE).putInt(0).putShort((short) 0).array();
    }

    /** The name of a question: there is nothing before it that a pointer could lead to, so one is an error. */
    private static List<String> name(ByteBuffer in, int id, int bad) throws BadMessage {
        List<String> labels = new ArrayList<>();
        int total = 1;
        while (true) {
            int length = in.hasRemaining() ? Byte.toUnsignedInt(in.get()) : -1;
            if (length == 0) {
                return labels;
            }
            total += length + 1;
            if (length < 0 || length > 63 || length > in.remaining() || total > MAX_NAME) {
                throw new BadMessage(id, bad, "no name");
            }
            byte[] label = new byte[length];
            in.get(label);
            labels.add(new String(label, StandardCharsets.ISO_8859_1));
        }
    }

    /** That of the first additional record, if it is an OPT (RFC 6891), which is where every resolver puts it. */
    private static int udpSize(ByteBuffer in, int answers, int additional) {
        if (answers != 0 || additional == 0 || in.remaining() < 5 || in.get() != 0 || Short.toUnsignedInt(in.getShort()) != OPT) {
            return SMALLEST;
        }
        return Math.max(SMALLEST, Short.toUnsignedInt(in.getShort()));
    }
}
