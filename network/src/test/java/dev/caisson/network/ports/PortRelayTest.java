package dev.caisson.network.ports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** What the relay carries, between two programs of this host. */
class PortRelayTest {
    private static final int TIMES = 300;

    /** A server that answers and closes at once, and clients that are done with sending before they read: nothing of the answer is lost. */
    @Test
    void theAnswerOfAServerThatClosesAtOnce() throws Exception {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket server = new ServerSocket(0, 50, loopback); PortRelay relay = new PortRelay("relay-test")) {
            Thread thread = new Thread(() -> {
                try {
                    while (true) {
                        try (Socket one = server.accept()) {
                            one.getInputStream().read(new byte[100]);
                            one.getOutputStream().write("answer".getBytes(StandardCharsets.US_ASCII));
                        }
                    }
                } catch (IOException e) {
                    // closed
                }
            });
            thread.start();
            try (PortRelay.Listening listening = relay.listen(new InetSocketAddress(loopback, 0), new InetSocketAddress(loopback, server.getLocalPort()))) {
                for (int i = 0; i < TIMES; i++) {
                    try (Socket client = new Socket(loopback, listening.port())) {
                        client.getOutputStream().write("question".getBytes(StandardCharsets.US_ASCII));
                        client.shutdownOutput();
                        assertEquals("answer", new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII), "connection " + i);
                    }
                }
            }
            server.close();
            thread.join();
        }
    }

    /** A socket towards the container is nobody's any more when its port is given up: nothing that still comes from there is carried. */
    @Test
    void theClientsOfAUdpPortGoWithIt() throws Exception {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (DatagramSocket container = new DatagramSocket(0, loopback); DatagramSocket client = new DatagramSocket(0, loopback); PortRelay relay = new PortRelay("relay-test")) {
            container.setSoTimeout(30_000);
            DatagramPacket question = new DatagramPacket(new byte[8], 8);
            try (PortRelay.Listening published = relay.listenUdp(new InetSocketAddress(loopback, 0), new InetSocketAddress(loopback, container.getLocalPort()))) {
                client.send(new DatagramPacket(new byte[] {1}, 1, loopback, published.port()));
                container.receive(question);
                assertThrows(BindException.class, () -> new DatagramSocket(question.getPort(), loopback).close(), "the control: that socket is the relay's");
            }
            long until = System.nanoTime() + 30_000_000_000L;
            while (true) {
                try (DatagramSocket again = new DatagramSocket(question.getPort(), loopback)) {
                    assertEquals(question.getPort(), again.getLocalPort());
                    return;
                } catch (BindException e) {
                    assertTrue(System.nanoTime() < until, "the socket of a client is still there");
                    Thread.sleep(10);
                }
            }
        }
    }

    /** Who opens one connection after another, as a program in a container can, uses no more of this JVM than its share; those that have to wait are carried when others end. */
    @Test
    void moreConnectionsThanAPortCarriesWait() throws Exception {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        List<Socket> clients = new ArrayList<>();
        List<Socket> arrived = new CopyOnWriteArrayList<>();
        try (ServerSocket server = new ServerSocket(0, 2000, loopback); PortRelay relay = new PortRelay("relay-test")) {
            Thread thread = accepting(server, arrived);
            try (PortRelay.Listening listening = relay.listen(new InetSocketAddress(loopback, 0), new InetSocketAddress(loopback, server.getLocalPort()))) {
                for (int i = 0; i < PortRelay.CONNECTIONS + 3; i++) {
                    clients.add(new Socket(loopback, listening.port()));
                }
                eventually("as many as are carried", () -> arrived.size() >= PortRelay.CONNECTIONS);
                Thread.sleep(500);
                assertEquals(PortRelay.CONNECTIONS, arrived.size());
                for (int i = 0; i < 3; i++) {
                    clients.get(i).close();
                    arrived.get(i).close();
                }
                eventually("those that waited", () -> arrived.size() == PortRelay.CONNECTIONS + 3);
                Socket last = clients.get(clients.size() - 1);
                last.getOutputStream().write(7);
                last.shutdownOutput();
                int sum = 0;
                for (Socket each : arrived.subList(PortRelay.CONNECTIONS, arrived.size())) {
                    each.setSoTimeout(200);
                    try {
                        sum += each.getInputStream().read();
                    } catch (SocketTimeoutException e) {
                        // one that says nothing
                    }
                }
                assertEquals(7, sum);
            }
            server.close();
            thread.join();
        } finally {
            for (Socket each : clients) {
                each.close();
            }
            for (Socket each : arrived) {
                each.close();
            }
        }
    }

    private static Thread accepting(ServerSocket server, List<Socket> arrived) {
        Thread thread = new Thread(() -> {
            try {
                while (true) {
                    arrived.add(server.accept());
                }
            } catch (IOException e) {
                // closed
            }
        });
        thread.start();
        return thread;
    }

    private static void eventually(String what, BooleanSupplier holds) throws InterruptedException {
        long until = System.nanoTime() + 30_000_000_000L;
        while (!holds.getAsBoolean()) {
            assertTrue(System.nanoTime() < until, what);
            Thread.sleep(10);
        }
    }

    /** Where a connection cannot be accepted for want of descriptors it is tried again, but not all the time; and it is carried once there are some. */
    @Test
    void withoutDescriptorsItRests() throws Exception {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        List<Socket> arrived = new CopyOnWriteArrayList<>();
        List<FileInputStream> spare = new ArrayList<>();
        String self = "" + ProcessHandle.current().pid();
        String limit = said("sh", "-c", "ulimit -Sn");
        try (ServerSocket server = new ServerSocket(0, 50, loopback); PortRelay relay = new PortRelay("relay-test"); SocketChannel client = SocketChannel.open()) {
            Thread thread = accepting(server, arrived);
            try (PortRelay.Listening listening = relay.listen(new InetSocketAddress(loopback, 0), new InetSocketAddress(loopback, server.getLocalPort()))) {
                try (Socket first = new Socket(loopback, listening.port())) {
                    first.getOutputStream().write(1);
                    eventually("the control: it carries, and what it needs is loaded", () -> arrived.size() == 1);
                }
                RandomAccessFile times = new RandomAccessFile(times("relay-test").toFile(), "r");
                ticks(times); // what that needs is loaded
                said("prlimit", "--pid", self, "--nofile=" + (java.util.Objects.requireNonNull(new File("/proc/self/fd").list()).length + 40) + ":");
                useUp(spare);
                client.connect(new InetSocketAddress(loopback, listening.port()));
                Thread.sleep(200);
                long before = ticks(times);
                Thread.sleep(1000);
                long used = ticks(times) - before;
                int carried = arrived.size();
                for (FileInputStream each : spare) {
                    each.close();
                }
                spare.clear();
                times.close();
                said("prlimit", "--pid", self, "--nofile=" + limit.strip() + ":");
                assertEquals(1, carried, "the control: it could not be accepted");
                assertTrue(used < 20, 10 * used + " ms of a second for nothing");
                eventually("carried", () -> arrived.size() == 2);
            }
            server.close();
            thread.join();
        } finally {
            for (FileInputStream each : spare) {
                each.close();
            }
            said("prlimit", "--pid", self, "--nofile=" + limit.strip() + ":");
            for (Socket each : arrived) {
                each.close();
            }
        }
    }

    /** What says how long a thread has run. */
    private static Path times(String thread) throws IOException {
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path each : tasks) {
                if (Files.readString(each.resolve("comm")).strip().equals(thread)) {
                    return each.resolve("stat");
                }
            }
        }
        throw new AssertionError("there is no thread " + thread);
    }

    private static long ticks(RandomAccessFile times) throws IOException {
        times.seek(0);
        String[] words = times.readLine().split(" ");
        return Long.parseLong(words[13]) + Long.parseLong(words[14]);
    }

    private static String said(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var in = process.getInputStream(); var out = process.getOutputStream(); var err = process.getErrorStream()) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } finally {
            process.waitFor();
        }
    }

    private static void useUp(List<FileInputStream> descriptors) throws InterruptedException {
        for (int i = 0; i < 20; i++) { // others may give some back
            try {
                while (true) {
                    descriptors.add(new FileInputStream("/dev/null"));
                }
            } catch (IOException e) {
                Thread.sleep(10);
            }
        }
    }
}
