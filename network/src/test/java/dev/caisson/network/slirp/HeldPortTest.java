package dev.caisson.network.slirp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.spi.network.AttachRequest.PortMapping;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeldPortTest {
    private static PortMapping mapping(int port, String protocol) {
        return new PortMapping("127.0.0.1", port, 80, protocol);
    }

    /** Not another container, and no server, all of which reuse addresses. */
    @ParameterizedTest
    @ValueSource(strings = {"tcp", "udp"})
    void nobodyElseGetsIt(String protocol) throws IOException {
        HeldPort held = HeldPort.take(mapping(0, protocol));
        int port = held.mapping().hostPort();
        try {
            assertThrows(IOException.class, () -> HeldPort.take(mapping(port, protocol)).close());
            if (protocol.equals("tcp")) {
                try (ServerSocket server = new ServerSocket()) {
                    server.setReuseAddress(true);
                    assertThrows(IOException.class, () -> server.bind(new InetSocketAddress("127.0.0.1", port)));
                }
            }
        } finally {
            held.close();
        }
        HeldPort.take(mapping(port, protocol)).close();
    }

    /** A server has just ended and the kernel still remembers its last connection. */
    @Test
    void oneWhoseLastConnectionLingers() throws IOException {
        int port;
        try (ServerSocket server = new ServerSocket(); Socket client = new Socket()) {
            server.setReuseAddress(true);
            server.bind(new InetSocketAddress("127.0.0.1", 0));
            port = server.getLocalPort();
            client.connect(server.getLocalSocketAddress());
            server.accept().close(); // it closes first, so it is the one that waits
            assertEquals(-1, client.getInputStream().read());
        }
        HeldPort.take(mapping(port, "tcp")).close();
    }
}
