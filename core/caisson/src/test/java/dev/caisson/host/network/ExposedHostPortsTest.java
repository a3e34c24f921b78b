package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Network;
import dev.caisson.NetworkProblem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ports of the host's loopback inside containers: those that were asked for, and no other. */
class ExposedHostPortsTest extends NetworkTest {
    private ServerSocket server;
    private Thread thread;
    private int port;

    @BeforeEach
    void serve() throws IOException {
        server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
        port = server.getLocalPort();
        thread = new Thread(() -> {
            while (!server.isClosed()) {
                try (Socket one = server.accept()) {
                    one.setSoTimeout(2000);
                    one.getInputStream().read(new byte[500]);
                    one.getOutputStream().write("HTTP/1.0 200 OK\r\n\r\nthe host's\n".getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                    // closed, or a client that went
                }
            }
        }, "host-server");
        thread.start();
    }

    @AfterEach
    void stop() throws IOException, InterruptedException {
        server.close();
        thread.join();
    }

    @Test
    void onItsOwnLoopbackAndOfThatContainerAlone() {
        try (Network vault = engine.networks().create("vault", n -> n.internal());
                Container one = busybox("sleep", "600").stopTimeout(Duration.ZERO).network("vault").exposeHostPort(port).exposeHostPort(port, 81).run();
                Container other = busybox("sleep", "600").network("vault").run()) {
            for (String where : List.of("127.0.0.1:" + port, "127.0.0.1:81")) {
                assertEquals("the host's", get(one, where));
                assertEquals("", getAtOnce(other, where), "another container");
                assertEquals("", getAtOnce(other, where.replace("127.0.0.1", one.ipAddress())), "nor over its address");
            }
            assertEquals("", getAtOnce(one, vault.gateway() + ":" + port), "nothing else of the host");
            one.restart();
            assertEquals("the host's", get(one, "127.0.0.1:81"), "survives a restart");
            vault.disconnect(one);
            assertEquals("", getAtOnce(one, "127.0.0.1:81"), "it goes with its last network");
            vault.connect(one);
            assertEquals("the host's", get(one, "127.0.0.1:81"), "and is back with the next");
        }
    }

    @Test
    void aNumberTwiceIsRefused() {
        NetworkProblem refused = assertThrows(NetworkProblem.class, () -> busybox("true").exposeHostPort(port, 81).exposeHostPort(port, 81).run());
        assertTrue(refused.getMessage().contains("localhost:81") && !refused.remedy().isEmpty(), refused.getMessage());
    }
}
