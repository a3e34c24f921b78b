package dev.caisson.host.network;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A name server of the host's: knows {@code there.example} and {@code large.example} (over UDP only that its answer was cut) or what it is told, and remembers who was asked for. */
final class StubNameServer implements AutoCloseable {
    private static final int DNS = 53;

    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Map<String, String> known = new ConcurrentHashMap<>(Map.of("there.example", "192.0.2.1", "large.example", "192.0.2.1"));

    private interface Loop {
        void once() throws IOException;
    }

    StubNameServer(String address) {
        try {
            udp = new DatagramSocket(DNS, InetAddress.getByName(address));
            tcp = new ServerSocket(DNS, 5, InetAddress.getByName(address));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        byte[] buffer = new byte[4096];
        run("stub-udp", () -> {
            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            udp.receive(packet);
            byte[] reply = answer(Arrays.copyOf(buffer, packet.getLength()), false);
            udp.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
        });
        run("stub-tcp", () -> {
            try (Socket socket = tcp.accept()) {
                socket.setSoTimeout(5000);
                DataInputStream in = new DataInputStream(socket.getInputStream());
                byte[] reply = answer(in.readNBytes(in.readUnsignedShort()), true);
                socket.getOutputStream().write(ByteBuffer.allocate(reply.length + 2).putShort((short) reply.length).put(reply).array());
                in.read();
            }
        });
    }

    private void run(String name, Loop loop) {
        Thread thread = new Thread(() -> {
            while (!udp.isClosed()) {
                try {
                    loop.once();
                } catch (IOException e) {
                    // closed, or a client that went
                }
            }
        }, name);
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
    }

    /** A name has an address, of IPv4 or of IPv6, from now on. */
    StubNameServer with(String name, String address) {
        known.put(name, address);
        return this;
    }

    /** The names, in the order in which they were asked for. */
    List<String> asked() {
        return List.copyOf(asked);
    }

    private byte[] answer(byte[] query, boolean overTcp) throws IOException {
        StringBuilder name = new StringBuilder();
        int at = 12;
        for (; query[at] != 0; at += query[at] + 1) {
            name.append(name.isEmpty() ? "" : ".").append(new String(query, at + 1, query[at], StandardCharsets.ISO_8859_1));
        }
        asked.add(name.toString());
        boolean cut = name.toString().equals("large.example") && !overTcp;
        byte[] address = address(name.toString(), query[at + 2]);
        byte[] reply = Arrays.copyOf(query, at + 5 + (cut || address.length == 0 ? 0 : 12 + address.length));
        reply[2] = (byte) (0x81 | (cut ? 2 : 0));
        reply[3] = (byte) (0x80 | (known.containsKey(name.toString()) ? 0 : 3));
        Arrays.fill(reply, 6, 12, (byte) 0);
        if (reply.length > at + 5) {
            reply[7] = 1;
            ByteBuffer.wrap(reply).position(at + 5).put(new byte[] {(byte) 0xc0, 12, 0, query[at + 2], 0, 1, 0, 0, 0, 9, 0, (byte) address.length}).put(address);
        }
        return reply;
    }

    /** Of a name, if it has one of this type; else empty. */
    private byte[] address(String name, int type) throws IOException {
        String text = known.getOrDefault(name, "");
        byte[] none = {};
        byte[] address = text.isEmpty() ? none : InetAddress.getByName(text).getAddress();
        return address.length == (type == 1 ? 4 : type == 28 ? 16 : -1) ? address : none;
    }

    @Override
    public void close() {
        try {
            udp.close();
            tcp.close();
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
