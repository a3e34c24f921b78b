package dev.caisson.network.resolver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.network.dns.BadMessage;
import dev.caisson.network.dns.Query;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Questions of hostile containers and answers of hostile servers, whole, damaged and cut: nothing throws, and nothing is believed that was not asked for. Row 112. */
class HostilePacketsTest {
    private static final List<byte[]> QUESTIONS = List.of(ResolverTest.question("web", 1), ResolverTest.question("web", 28), ResolverTest.question("WEB", 255),
            ResolverTest.question("5.0.40.10.in-addr.arpa", 12), ResolverTest.question(("1.".repeat(32)) + "ip6.arpa", 12), ResolverTest.question("host.docker.internal", 1),
            Query.write(7, "outside.example", 1));
    /** More than fit into any datagram. */
    private static final List<Integer> MANY = java.util.stream.IntStream.range(0x0a280005, 0x0a280085).boxed().toList();
    private static Resolver resolver;

    /** Of a container without a way out, so that everything is answered by whoever is called. */
    private static final class Inside implements Asker {
        @Override
        public String id() {
            return "c1";
        }

        @Override
        public List<Integer> lookup(String name) {
            return name.equals("web") ? MANY : List.of();
        }

        @Override
        public boolean near(int address) {
            return address >>> 8 == 0x0a2800;
        }

        @Override
        public Optional<String> reverse(int address) {
            return (address & 1) == 0 ? Optional.empty() : Optional.of("web.app");
        }

        @Override
        public boolean near6(byte[] address) {
            return true;
        }

        @Override
        public Optional<Integer> host() {
            return Optional.empty();
        }

        @Override
        public List<String> nameservers() {
            return List.of();
        }
    }

    @BeforeContainer
    static void open() throws IOException {
        InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
        resolver = new Resolver("dns-hostile", DatagramChannel.open(java.net.StandardProtocolFamily.INET).bind(any),
                ServerSocketChannel.open(java.net.StandardProtocolFamily.INET).bind(any), address -> Optional.of(new Inside()), new Upstreams(Path.of("/nonexistent"), a -> true, 53));
    }

    @AfterContainer
    static void close() {
        resolver.close();
    }

    /** Of a message: bytes are others, and its end is missing or is followed by something. */
    private static byte[] damaged(byte[] message, byte[] changes, int at, int length) {
        byte[] copy = Arrays.copyOf(message, Math.floorMod(length, message.length + 40));
        for (int i = 0; i < changes.length && copy.length > 0; i++) {
            copy[Math.floorMod(at + i * i, copy.length)] ^= changes[i];
        }
        return copy;
    }

    /** Bytes that a question has room for over UDP. */
    private static int room(byte[] question) {
        try {
            return Query.parse(question).udpSize();
        } catch (BadMessage e) {
            return 512;
        }
    }

    @Property(tries = 5000)
    void questions(@ForAll @IntRange(max = 6) int which, @ForAll @Size(max = 6) byte[] changes, @ForAll int at, @ForAll int length, @ForAll boolean whole, @ForAll boolean overTcp) {
        byte[] good = QUESTIONS.get(which);
        byte[] question = damaged(good, changes, at, whole ? good.length : length);
        List<byte[]> replies = new ArrayList<>();
        resolver.ask(question, 0x0a280002, overTcp, replies::add);
        assertTrue(replies.size() <= 1);
        for (byte[] reply : replies) {
            assertTrue(reply.length >= Query.HEADER && (reply[2] & 0x80) != 0 && reply.length <= (overTcp ? 0xffff : Math.min(room(question), 1232)), reply.length + " bytes");
            assertArrayEquals(Arrays.copyOf(question, 2), Arrays.copyOf(reply, 2), "the number of the question");
        }
    }

    @Property(tries = 5000)
    void answers(@ForAll @IntRange(max = 6) int which, @ForAll @Size(max = 6) byte[] changes, @ForAll int at, @ForAll int length, @ForAll boolean whole) throws BadMessage {
        byte[] question = QUESTIONS.get(which);
        Query query = Query.parse(question);
        byte[] good = Arrays.copyOf(question, question.length + 30);
        good[2] |= (byte) 0x80;
        byte[] received = damaged(good, changes, at, whole ? good.length : length);
        boolean believed = new Exchange(question, query, "c1", List.of(), reply -> { }).answers(received, query.id());
        if (believed) {
            Query read = Query.parse(received);
            assertTrue(read.response() && read.id() == query.id() && read.question().same(query.question()));
        }
    }

    /** A stream in pieces of any size is the messages that were sent; at a length that none has it ends. */
    @Property(tries = 1000)
    void streams(@ForAll @Size(max = 6) List<@Size(max = 300) byte[]> messages, @ForAll @IntRange(min = 1, max = 20) int piece) {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        messages.forEach(m -> sent.writeBytes(ByteBuffer.allocate(m.length + 2).putShort((short) m.length).put(m).array()));
        ReadableByteChannel from = Channels.newChannel(new ByteArrayInputStream(sent.toByteArray()) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, piece));
            }
        });
        Frame frame = new Frame(250);
        List<byte[]> read = new ArrayList<>();
        try {
            while (true) {
                byte[] message = frame.read(from);
                if (message != null) {
                    read.add(message);
                }
            }
        } catch (IOException e) { // at its end, or where a message is none
            int good = 0;
            while (good < messages.size() && messages.get(good).length > 0 && messages.get(good).length <= 250) {
                good++;
            }
            assertEquals(good, read.size());
            for (int i = 0; i < good; i++) {
                assertArrayEquals(messages.get(i), read.get(i));
            }
        }
    }

    /** What stands in a resolv.conf that a container's image, or anybody, wrote. */
    @Property(tries = 500)
    void files(@ForAll String text, @ForAll boolean led) {
        Upstreams.nameservers(led ? "nameserver " + text + "\nnameserver\n" : text).forEach(n -> assertTrue(!n.isBlank()));
    }
}
