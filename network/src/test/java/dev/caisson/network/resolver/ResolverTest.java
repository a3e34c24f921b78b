package dev.caisson.network.resolver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The resolver over loopback sockets, with a name server that the test plays. Rows 106 and 112. */
class ResolverTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final byte[] ASKED_ON = question("example", 1);

    @TempDir
    Path directory;

    private DatagramSocket server;
    private DatagramSocket client;
    private Resolver resolver;
    private InetSocketAddress where;
    private volatile boolean outward = true;
    private volatile Function<byte[], List<byte[]>> behaviour = q -> List.of(answer(q));
    private final AtomicInteger asked = new AtomicInteger();

    private final Asker asker = new Asker() {
        @Override
        public String id() {
            return "c1";
        }

        @Override
        public List<Integer> lookup(String name) {
            return name.equals("web") ? List.of(0x0a280005) : List.of();
        }

        @Override
        public boolean near(int address) {
            return address >>> 8 == 0x0a2800;
        }

        @Override
        public Optional<String> reverse(int address) {
            return address == 0x0a280005 ? Optional.of("web.app") : Optional.empty();
        }

        @Override
        public Optional<Integer> host() {
            return outward ? Optional.of(0x0a28fffd) : Optional.empty();
        }

        @Override
        public List<String> nameservers() {
            return List.of();
        }
    };

    @BeforeEach
    void open() throws IOException {
        server = new DatagramSocket(0, LOOPBACK);
        Thread thread = new Thread(this::serve, "name-server");
        thread.setDaemon(true);
        thread.start();
        // First one that does not answer, on the same port of another loopback address.
        Path resolvConf = Files.writeString(directory.resolve("resolv.conf"), "search x\nnameserver 127.0.0.77\nnameserver 127.0.0.1\nnameserver name.is.none\n");
        ServerSocketChannel tcp = ServerSocketChannel.open(java.net.StandardProtocolFamily.INET);
        DatagramChannel udp = sharing(tcp);
        where = (InetSocketAddress) udp.getLocalAddress();
        resolver = new Resolver("dns-test", udp, tcp, address -> Optional.of(asker), new Upstreams(resolvConf, a -> false, server.getLocalPort()));
        client = new DatagramSocket(0, LOOPBACK);
        client.setSoTimeout(30_000);
    }

    /** Binds it, to a port that is free for both: of those that are free of UDP one may be that of somebody's connection. */
    private static DatagramChannel sharing(ServerSocketChannel tcp) throws IOException {
        for (int tries = 0;; tries++) {
            DatagramChannel udp = DatagramChannel.open(java.net.StandardProtocolFamily.INET).bind(new InetSocketAddress("127.0.0.1", 0));
            try {
                tcp.bind(udp.getLocalAddress());
                return udp;
            } catch (java.net.BindException e) {
                udp.close();
                if (tries == 100) {
                    throw e;
                }
            }
        }
    }

    @AfterEach
    void close() {
        resolver.close();
        server.close();
        client.close();
    }

    private void serve() {
        try {
            byte[] buffer = new byte[2000];
            while (true) {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                server.receive(packet);
                asked.incrementAndGet();
                for (byte[] reply : behaviour.apply(Arrays.copyOf(buffer, packet.getLength()))) {
                    server.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
                }
            }
        } catch (IOException e) {
            // closed
        }
    }

    static byte[] question(String name, int type) {
        StringBuilder hex = new StringBuilder("abcd01000001000000000000");
        for (String label : name.split("\\.")) {
            hex.append(String.format("%02x", label.length())).append(HexFormat.of().formatHex(label.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)));
        }
        return HexFormat.of().parseHex(hex + String.format("00%04x0001", type));
    }

    private static byte[] answer(byte[] query) {
        byte[] answer = Arrays.copyOf(query, query.length + 3);
        answer[2] |= (byte) 0x80;
        return answer;
    }

    private byte[] ask(byte[] query) throws IOException {
        client.send(new DatagramPacket(query, query.length, where));
        DatagramPacket reply = new DatagramPacket(new byte[4096], 4096);
        client.receive(reply);
        return Arrays.copyOf(reply.getData(), reply.getLength());
    }

    private static int code(byte[] reply) {
        return reply[3] & 15;
    }

    private static int records(byte[] reply) {
        return ByteBuffer.wrap(reply).getShort(6);
    }

    @Test
    void namesAndAddressesOfTheNetwork() throws IOException {
        byte[] web = ask(question("WEB", 1));
        assertArrayEquals(new byte[] {10, 40, 0, 5}, Arrays.copyOfRange(web, web.length - 4, web.length));
        byte[] ipv6 = ask(question("web", 28));
        assertEquals("0 0", code(ipv6) + " " + records(ipv6), "AAAA: no error and no record");
        byte[] host = ask(question("host.docker.internal", 1));
        assertArrayEquals(new byte[] {10, 40, -1, -3}, Arrays.copyOfRange(host, host.length - 4, host.length));
        byte[] name = ask(question("5.0.40.10.in-addr.arpa", 12));
        assertTrue(new String(name, java.nio.charset.StandardCharsets.ISO_8859_1).endsWith("\3web\3app\0"));
        assertEquals(3, code(ask(question("6.0.40.10.in-addr.arpa", 12))), "nobody's, and nobody else is asked");
        assertEquals(0, asked.get());
    }

    @Test
    void everythingElseIsAskedOnEvenOfTheHostsLoopback() throws IOException {
        assertArrayEquals(answer(ASKED_ON), ask(ASKED_ON));
        assertEquals(1, asked.get());
        assertArrayEquals(answer(question("9.9.9.9.in-addr.arpa", 12)), ask(question("9.9.9.9.in-addr.arpa", 12)));
    }

    @Test
    void anInternalNetworkAsksNobody() throws IOException {
        outward = false;
        assertEquals(2, code(ask(ASKED_ON)));
        assertEquals(2, code(ask(question("host.docker.internal", 1))));
        assertEquals(2, code(ask(question("9.9.9.9.in-addr.arpa", 12))));
        assertEquals(0, asked.get());
    }

    /** What guesses wrong numbers, answers another question or is no message at all is not believed; the right answer still is. */
    @Test
    void aHostileServer() throws IOException {
        behaviour = q -> {
            byte[] wrongNumber = Arrays.copyOf(answer(q), q.length + 9);
            wrongNumber[0] ^= 1;
            byte[] otherQuestion = answer(question("evil", 1));
            otherQuestion[0] = q[0];
            otherQuestion[1] = q[1];
            byte[] noAnswer = q.clone();
            byte[] loop = answer(q);
            loop[12] = (byte) 0xc0;
            loop[13] = 0x0c;
            return List.of(new byte[0], new byte[] {1, 2, 3}, wrongNumber, otherQuestion, noAnswer, loop, answer(q));
        };
        assertArrayEquals(answer(ASKED_ON), ask(ASKED_ON));
    }

    @Test
    void noServerAnswers() throws IOException {
        behaviour = q -> List.of();
        assertEquals(2, code(ask(ASKED_ON)), "SERVFAIL in the end");
    }

    @Test
    void hostileQuestions() throws IOException {
        byte[] loop = HexFormat.of().parseHex("abcd01000001000000000000c00c00010001");
        assertEquals(1, code(ask(loop)), "FORMERR");
        client.setSoTimeout(300);
        byte[] response = ASKED_ON.clone();
        response[2] |= (byte) 0x80;
        for (byte[] silent : List.of(new byte[0], new byte[11], response)) {
            assertThrows(SocketTimeoutException.class, () -> ask(silent), "no answer");
        }
        client.setSoTimeout(30_000);
        byte[] chaos = ASKED_ON.clone();
        chaos[chaos.length - 1] = 3;
        assertEquals(5, code(ask(chaos)), "REFUSED");
        assertEquals(0, asked.get());
    }

    @Test
    void whatIsUnderWayIsBounded() throws IOException {
        int floods = 1000;
        // The server that is asked first, and for 2 s alone: it hears each question that is under way, and answers none.
        try (DatagramSocket first = new DatagramSocket(new InetSocketAddress("127.0.0.77", server.getLocalPort()))) {
            long from = System.nanoTime();
            for (int i = 0; i < floods; i++) {
                byte[] query = question("x" + i, 1);
                client.send(new DatagramPacket(query, query.length, where));
                if (i % 50 == 49) {
                    ask(question("web", 1)); // in step with it, and it still answers
                }
            }
            assumeTrue(System.nanoTime() - from < 1_900_000_000L, "on so slow a machine the first ones are over by now");
            assertEquals(128, heard(first), "questions under way at a time");
        }
    }

    /** How many packets wait there. */
    private static int heard(DatagramSocket socket) throws IOException {
        socket.setSoTimeout(300);
        int heard = 0;
        try {
            while (true) {
                socket.receive(new DatagramPacket(new byte[2000], 2000));
                heard++;
            }
        } catch (SocketTimeoutException e) {
            return heard;
        }
    }

    /** Over TCP the number may be that of somebody's connection for a moment. */
    private static ServerSocket listening(int port) throws IOException {
        for (int tries = 0;; tries++) {
            try {
                return new ServerSocket(port, 5, LOOPBACK);
            } catch (java.net.BindException e) {
                if (tries == 300) {
                    throw e;
                }
                java.util.concurrent.locks.LockSupport.parkNanos(100_000_000);
            }
        }
    }

    @Test
    void overTcpToo() throws IOException {
        try (ServerSocket tcpServer = listening(server.getLocalPort()); Socket socket = new Socket(LOOPBACK, where.getPort())) {
            Thread thread = new Thread(() -> {
                try (Socket one = tcpServer.accept()) {
                    byte[] query = read(one);
                    byte[] big = Arrays.copyOf(answer(query), 60_000);
                    one.getOutputStream().write(framed(big));
                    one.getInputStream().read();
                } catch (IOException e) {
                    // the test fails of itself
                }
            }, "tcp-name-server");
            thread.start();
            socket.setSoTimeout(30_000);
            for (byte b : framed(question("web", 1))) {
                socket.getOutputStream().write(b); // in pieces
                socket.getOutputStream().flush();
            }
            assertEquals(1, records(read(socket)));
            socket.getOutputStream().write(framed(ASKED_ON));
            assertArrayEquals(Arrays.copyOf(answer(ASKED_ON), 60_000), read(socket));
            socket.getOutputStream().write(new byte[] {0, 0});
            assertEquals(-1, socket.getInputStream().read(), "a message of no length ends the connection");
        }
    }

    private static byte[] framed(byte[] message) {
        return ByteBuffer.allocate(message.length + 2).putShort((short) message.length).put(message).array();
    }

    private static byte[] read(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        return in.readNBytes(in.readUnsignedShort());
    }

    @Test
    void reversedNames() {
        assertEquals(OptionalInt.of(0x01020304), Rules.reversed("4.3.2.1.in-addr.arpa"));
        for (String other : List.of("in-addr.arpa", "3.2.1.in-addr.arpa", "5.4.3.2.1.in-addr.arpa", "04.3.2.1.in-addr.arpa", "256.3.2.1.in-addr.arpa", "4.3..1.in-addr.arpa",
                "-4.3.2.1.in-addr.arpa", "4.3.2.1.ip6.arpa", "")) {
            assertEquals(OptionalInt.empty(), Rules.reversed(other), other);
        }
    }

    @Test
    void itsOwnAddressIsNeverAsked() throws IOException {
        Path resolvConf = Files.writeString(directory.resolve("other"), "nameserver 10.40.255.249\nnameserver 0.0.0.0\nnameserver 224.0.0.1\nnameserver example.org\nnameserver 192.0.2.1\n");
        Upstreams upstreams = new Upstreams(resolvConf, a -> a.getHostAddress().equals("10.40.255.249"), 53);
        assertEquals(List.of(new InetSocketAddress("192.0.2.1", 53)), upstreams.of(asker));
    }
}
