package dev.caisson.network.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.network.rtnetlink.Links;
import dev.caisson.network.rtnetlink.Routes;
import dev.caisson.network.rtnetlink.Routes6;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** What arrives on netlink sockets: whole, cut, and garbage. Row 112. */
class AnswersTest {
    /** Nothing throws, and what is parsed is no more than there was. */
    private static void read(byte[] datagram) {
        List<Answer> answers = Answer.parse(datagram);
        assertTrue(answers.stream().mapToInt(a -> a.payload().length + Message.HEADER).sum() <= datagram.length);
        for (Answer answer : answers) {
            assertTrue(answer.errno() >= 0 || answer.errno() == Integer.MIN_VALUE);
            answer.words();
            Links.parse(answer);
            Routes.parse(answer);
            Routes6.parse(answer).ifPresent(r -> assertTrue(r.destination().length() >= 0 && r.destination().length() <= 128));
            Attributes attributes = Attributes.parse(answer.payload(), 0);
            assertTrue(attributes.size() * Attributes.HEADER <= answer.payload().length);
            for (int type = 0; type < 8; type++) {
                attributes.text(type);
                attributes.number(type);
                attributes.nested(type).size();
            }
        }
    }

    @Property(tries = 5000)
    void garbage(@ForAll byte[] datagram) {
        read(datagram);
    }

    /** Messages with good headers reach the parsers of their bodies. */
    @Property(tries = 5000)
    void bodiesOfGarbage(@ForAll @Size(max = 120) byte[] body, @ForAll int type, @ForAll short flags, @ForAll boolean known) {
        int kind = known ? new int[] {2, 3, 16, 24}[Math.floorMod(type, 4)] : type;
        ByteBuffer out = ByteBuffer.allocate(Message.HEADER + body.length).order(ByteOrder.nativeOrder());
        out.putInt(Message.HEADER + body.length).putShort((short) kind).putShort(flags).putInt(1).putInt(0).put(body);
        read(out.array());
    }

    /** Bytes of a real message flipped, and its end cut off. */
    @Property(tries = 5000)
    void damaged(@ForAll int at, @ForAll byte value, @ForAll int cut) {
        byte[] message = Links.veth("c1", "eth0", 9, new byte[] {2, 0x42, 10, 40, 0, 5}, 1500).encode(1);
        message[Math.floorMod(at, message.length)] = value;
        read(Arrays.copyOf(message, Math.floorMod(cut, message.length + 1)));
    }

    @Property
    void whatIsWrittenIsRead(@ForAll @Size(max = 50) List<@Size(max = 40) byte[]> values) {
        Message message = Message.of(100, 0, "test");
        for (int i = 0; i < values.size(); i++) {
            message.put(i + 1, values.get(i));
        }
        Answer answer = Answer.parse(message.encode(7)).get(0);
        assertEquals(List.of(100, 7), List.of(answer.type(), answer.sequence()));
        Attributes attributes = Attributes.parse(answer.payload(), 0);
        assertEquals(values.size(), attributes.size());
        for (int i = 0; i < values.size(); i++) {
            assertTrue(Arrays.equals(values.get(i), attributes.bytes(i + 1).orElseThrow()));
        }
    }

    @Test
    void theKernelsOwnWordsAboutAnError() {
        byte[] text = "no such thing\0\0\0".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        ByteBuffer out = ByteBuffer.allocate(Message.HEADER + 4 + Message.HEADER + 4 + text.length).order(ByteOrder.nativeOrder());
        out.putInt(out.capacity()).putShort((short) Answer.ERROR).putShort((short) 0x300).putInt(5).putInt(0);
        out.putInt(-19).putInt(16).putShort((short) 16).putShort((short) 0).putInt(5).putInt(0);
        out.putShort((short) (4 + text.length)).putShort((short) 1).put(text);
        Answer answer = Answer.parse(out.array()).get(0);
        assertEquals("19 no such thing", answer.errno() + " " + answer.words());
        for (int length = 0; length < out.capacity(); length++) {
            read(Arrays.copyOf(out.array(), length));
        }
    }
}
