package dev.caisson.network.dns;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Answers as name servers write them, and as an attacker does. */
class AnswersTest {
    private static final byte[] TO_QUESTION = {(byte) 0xc0, 12};

    static byte[] name(String name) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String label : name.split("\\.")) {
            out.write(label.length());
            out.writeBytes(label.getBytes(StandardCharsets.ISO_8859_1));
        }
        out.write(0);
        return out.toByteArray();
    }

    private static byte[] record(byte[] owner, int type, int ttl, byte[] value) {
        return ByteBuffer.allocate(owner.length + 10 + value.length).put(owner).putShort((short) type).putShort((short) 1).putInt(ttl).putShort((short) value.length).put(value).array();
    }

    private static byte[] message(String name, int type, byte[]... records) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(12).putShort((short) 1).putShort((short) 0x8180).putShort((short) 1).putShort((short) records.length).putInt(0).array());
        out.writeBytes(name(name));
        out.writeBytes(new byte[] {0, (byte) type, 0, 1});
        for (byte[] each : records) {
            out.writeBytes(each);
        }
        return out.toByteArray();
    }

    @Test
    void addressesBehindAliases() {
        byte[] message = message("WWW.example", 1, record(TO_QUESTION, 5, 300, name("edge.example")), record(name("edge.example"), 5, 60, name("node.example")),
                record(name("node.example"), 1, 120, new byte[] {(byte) 192, 0, 2, 1}), record(name("node.example"), 1, 90, new byte[] {(byte) 192, 0, 2, 2}),
                record(name("other.example"), 1, 90, new byte[] {6, 6, 6, 6}));
        Answers answers = Answers.parse(message);
        assertEquals(2, answers.addresses().size(), "not somebody else's");
        assertArrayEquals(new byte[] {(byte) 192, 0, 2, 2}, answers.addresses().get(1));
        assertEquals(60, answers.seconds(), "the shortest of all");
        assertEquals(1, Answers.parse(message("a.example", 28, record(TO_QUESTION, 28, 5, new byte[16]), record(TO_QUESTION, 1, 5, new byte[4]))).addresses().size());
    }

    @Test
    void nothingOfUse() {
        assertEquals(List.of(), Answers.parse(message("a.example", 1)).addresses());
        assertEquals(List.of(), Answers.parse(message("a.example", 1, record(TO_QUESTION, 5, 1, TO_QUESTION))).addresses(), "an alias of itself");
        assertEquals(List.of(), Answers.parse(message("a.example", 1, record(new byte[] {(byte) 0xc0, 27}, 1, 1, new byte[4]))).addresses(), "a pointer to itself");
        assertEquals(List.of(), Answers.parse(message("a.example", 1, record(TO_QUESTION, 1, 1, new byte[5]))).addresses());
        byte[] refused = message("a.example", 1, record(TO_QUESTION, 1, 1, new byte[4]));
        refused[3] |= 3;
        assertEquals(List.of(), Answers.parse(refused).addresses());
        assertEquals(List.of(), Answers.parse(new byte[0]).addresses());
    }

    @Property
    void nothingThatArrivesDoesHarm(@ForAll @Size(max = 200) byte[] bytes, @ForAll @IntRange(max = 60) int at) {
        assertNotNull(Answers.parse(bytes));
        byte[] message = message("www.example", 1, record(TO_QUESTION, 5, 300, name("edge.example")), record(name("edge.example"), 1, 60, new byte[4]));
        for (int i = 0; i < bytes.length && at + i < message.length; i++) {
            message[at + i] ^= bytes[i];
        }
        assertTrue(Answers.parse(message).addresses().size() <= 1);
    }

    @Test
    void aQuestionThatIsWrittenIsRead() throws BadMessage {
        Query query = Query.parse(Query.write(7, "repo.example.org", Question.AAAA));
        assertEquals("repo.example.org", query.question().name());
        assertEquals(1232, query.udpSize());
        assertTrue(query.recursionDesired() && query.id() == 7 && query.question().type() == Question.AAAA);
    }
}
