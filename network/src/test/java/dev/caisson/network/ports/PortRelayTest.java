package dev.caisson.network.ports;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
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
}
