package dev.caisson.network.ports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
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
}
