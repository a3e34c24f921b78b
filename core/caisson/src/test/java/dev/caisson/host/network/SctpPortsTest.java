package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.NetworkProblem;
import dev.caisson.Protocol;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Published ports of SCTP, where the kernel has it. Rows 102 and 108. */
class SctpPortsTest extends NetworkTest {
    private static final String HAS = "import socket; socket.socket(2, 1, 132); print('yes')";
    private static final String SERVE = """
            import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)
            s.bind(('', 7))
            s.listen(5)
            while True:
                c, a = s.accept()
                c.send(b'hello')
                c.close()
            """;
    private static final String ASK = """
            import socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)
            s.settimeout(float(sys.argv[3]))
            try:
                s.connect((sys.argv[1], int(sys.argv[2])))
                print(s.recv(100).decode())
            except OSError as e:
                print('no:', e)
            """;

    private static boolean here() {
        return output("python3", "-c", HAS).equals("yes\n");
    }

    private ContainerBuilder server() {
        return engine.hostRoot().stopTimeout(Duration.ZERO).command("/usr/bin/python3", "-c", SERVE);
    }

    private static String[] ask(String where, int port, int seconds) {
        return new String[] {"python3", "-c", ASK, where, "" + port, "" + seconds};
    }

    @Test
    void aKernelWithoutItIsRefusedByName() {
        assumeTrue(!here());
        NetworkProblem refused = assertThrows(NetworkProblem.class, () -> server().port(0, 7, Protocol.SCTP).run());
        assertTrue(refused.getMessage().contains("7/sctp") && refused.getMessage().contains("IPPROTO_SCTP") && refused.remedy().contains("modprobe sctp"), refused.getMessage());
    }

    @Test
    void fromEverywhereAndNoFurther() throws IOException {
        assumeTrue(here());
        try (Wire wire = new Wire(); Container web = server().port(0, 7, Protocol.SCTP).port("127.0.0.1", 0, 7, Protocol.SCTP).run();
                Container other = engine.hostRoot().network("bridge").stopTimeout(Duration.ZERO).command("sleep", "600").run()) {
            int port = web.port(7, Protocol.SCTP);
            eventually("the host over its loopback", PATIENCE, () -> output(ask("127.0.0.1", port, 5)).equals("hello\n"));
            assertEquals("hello\n", output(ask(Wire.HERE, port, 20)), "over an address of its own");
            assertEquals("hello\n", wire.there(ask(Wire.HERE, port, 20)), "another host");
            String[] fromInside = ask(Wire.HERE, port, 20);
            fromInside[0] = "/usr/bin/python3";
            assertEquals("hello\n", other.exec(fromInside).run().stdout(), "another container");
            NetworkProblem taken = assertThrows(NetworkProblem.class, () -> server().port(port, 7, Protocol.SCTP).run());
            assertTrue(taken.getMessage().contains("EADDRINUSE"), taken.getMessage());
            web.restart();
            eventually("after a restart", PATIENCE, () -> wire.there(ask(Wire.HERE, port, 5)).equals("hello\n"));
        }
    }

    @Test
    void loopbackStaysLoopback() throws IOException {
        assumeTrue(here());
        try (Wire wire = new Wire(); Container web = server().port("127.0.0.1", 0, 7, Protocol.SCTP).run()) {
            int port = web.port(7, Protocol.SCTP);
            eventually("the host", PATIENCE, () -> output(ask("127.0.0.1", port, 5)).equals("hello\n"));
            assertTrue(wire.there(ask(Wire.HERE, port, 3)).startsWith("no:"), "another host");
        }
    }
}
