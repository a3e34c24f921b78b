package dev.caisson.network.dns;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Questions as they arrive: what a resolver writes, and what an attacker does. */
class QueryTest {
    private static final byte[] WEB_A = HexFormat.of().parseHex("123401000001000000000000" + "03776562" + "00" + "0001" + "0001");

    /** A query for labels as any resolver writes it. */
    static byte[] query(int id, List<String> labels, int type, int ednsSize) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(12).putShort((short) id).putShort((short) 0x100).putShort((short) 1).putInt(0).putShort((short) (ednsSize > 0 ? 1 : 0)).array());
        for (String label : labels) {
            out.write(label.length());
            out.writeBytes(label.getBytes(StandardCharsets.ISO_8859_1));
        }
        out.write(0);
        out.writeBytes(ByteBuffer.allocate(4).putShort((short) type).putShort((short) 1).array());
        if (ednsSize > 0) {
            out.write(0);
            out.writeBytes(ByteBuffer.allocate(10).putShort((short) 41).putShort((short) ednsSize).array());
        }
        return out.toByteArray();
    }

    @Provide
    Arbitrary<List<String>> names() {
        return Arbitraries.strings().withCharRange('a', 'z').numeric().withChars("-_AB").ofMinLength(1).ofMaxLength(20).list().ofMaxSize(10);
    }

    @Test
    void aPlainQuestion() throws BadMessage {
        Query query = Query.parse(WEB_A);
        assertEquals(new Query(0x1234, false, true, false, new Question(List.of("web"), Question.A, Question.IN), 512), query);
        assertArrayEquals(WEB_A, query(0x1234, List.of("web"), Question.A, 0));
        assertEquals(1232, Query.parse(query(1, List.of("web"), Question.AAAA, 1232)).udpSize());
        assertEquals(512, Query.parse(query(1, List.of("web"), Question.AAAA, 100)).udpSize(), "smaller than anybody may say");
    }

    @Property
    void whatIsWrittenIsRead(@ForAll int id, @ForAll("names") List<String> labels, @ForAll int type) throws BadMessage {
        Query query = Query.parse(query(id & 0xffff, labels, type & 0xffff, 0));
        assertEquals(id & 0xffff, query.id());
        assertEquals(labels, query.question().labels());
        assertEquals(String.join(".", labels).toLowerCase(java.util.Locale.ROOT), query.question().name());
    }

    @Property
    void anAnswerIsReadAsAnAnswerToItsQuestion(@ForAll("names") List<String> labels, @ForAll @Size(max = 60) List<Integer> addresses) throws BadMessage {
        Query query = Query.parse(query(7, labels, Question.A, 0));
        byte[] reply = Reply.addresses(query, addresses, 512);
        assertTrue(reply.length <= 512 || addresses.isEmpty(), reply.length + " bytes");
        Query read = Query.parse(reply);
        assertTrue(read.response() && read.id() == 7 && read.question().same(query.question()));
        int count = ByteBuffer.wrap(reply).getShort(6);
        assertEquals(count < addresses.size(), read.truncated());
        for (int i = 0; i < count; i++) {
            assertEquals(addresses.get(i), ByteBuffer.wrap(reply).getInt(reply.length - (count - i) * 16 + 12), "an address record");
        }
    }

    /** Row 112: garbage makes no loop, no growth, and no exception but the one that says so. */
    @Property(tries = 5000)
    void garbage(@ForAll byte[] bytes) {
        parsed(bytes);
    }

    @Property(tries = 5000)
    void damagedQuestions(@ForAll("names") List<String> labels, @ForAll int at, @ForAll byte value, @ForAll int cut) {
        byte[] message = query(1, labels, Question.A, 1232);
        message[Math.floorMod(at, message.length)] = value;
        parsed(java.util.Arrays.copyOf(message, Math.floorMod(cut, message.length + 1)));
    }

    private static void parsed(byte[] bytes) {
        try {
            Query query = Query.parse(bytes);
            assertTrue(query.question().labels().stream().mapToInt(l -> l.length() + 1).sum() <= 254);
            assertTrue(Reply.addresses(query, List.of(1, 2, 3), query.udpSize()).length <= Math.max(512, query.udpSize()));
        } catch (BadMessage e) {
            assertTrue(e.code() < 0 || e.reply().length == 12);
        }
    }

    @Test
    void namesThatPointOrNeverEnd() {
        for (String name : List.of("c00c", "c000", "03776562c00c", "40", "80", "ff", "03776562", "0377", "")) {
            assertThrows(BadMessage.class, () -> Query.parse(HexFormat.of().parseHex("123401000001000000000000" + name + (name.isEmpty() ? "" : "00010001"))), name);
        }
        List<String> long_ = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            long_.add("x".repeat(63));
        }
        assertThrows(BadMessage.class, () -> Query.parse(query(1, long_, 1, 0)), "256 bytes of name");
        assertThrows(BadMessage.class, () -> Query.parse(new byte[0]));
        assertEquals(-1, assertThrows(BadMessage.class, () -> Query.parse(new byte[11])).code(), "no answer to what is no message");
    }

    @Test
    void onlyPlainQueriesOfOneQuestion() throws BadMessage {
        byte[] two = WEB_A.clone();
        two[5] = 2;
        assertEquals(Reply.FORMERR, assertThrows(BadMessage.class, () -> Query.parse(two)).code());
        byte[] update = WEB_A.clone();
        update[2] = 0x28;
        assertEquals(Reply.NOTIMP, assertThrows(BadMessage.class, () -> Query.parse(update)).code());
        byte[] answer = WEB_A.clone();
        answer[2] = (byte) 0x81;
        assertTrue(Query.parse(answer).response());
        answer[5] = 0;
        assertEquals(-1, assertThrows(BadMessage.class, () -> Query.parse(answer)).code(), "an answer is never answered");
    }

    @Test
    void aDotInsideALabelIsNoDotBetweenLabels() {
        assertEquals("", new Question(List.of("web.app"), 1, 1).name());
        assertFalse(new Question(List.of("web.app"), 1, 1).same(new Question(List.of("web", "app"), 1, 1)));
        assertTrue(new Question(List.of("WEB"), 1, 1).same(new Question(List.of("web"), 1, 1)));
    }

    @Test
    void aNameAsAnswer() throws BadMessage {
        byte[] reply = Reply.name(Query.parse(query(1, List.of("5", "0", "40", "10", "in-addr", "arpa"), Question.PTR, 0)), "db.vault");
        assertEquals("026462057661756c7400", HexFormat.of().formatHex(reply, reply.length - 10, reply.length));
    }
}
