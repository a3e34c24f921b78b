package dev.caisson.network.slirp;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.NetworkProblem;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.NamespaceRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Why a container could not be connected. */
class SlirpDriverTest {
    @TempDir
    Path run;

    /** As pasta: the program's place is known, and it looks for what is in the namespace of a process. */
    private record Looking(IntConsumer meanwhile) implements Carrier {
        @Override
        public String name() {
            return "sh";
        }

        @Override
        public void check(String who, List<PortMapping> ports) { }

        @Override
        public Carrying begin(Path program, int pid, Path scratch, List<PortMapping> ports, Runnable release) throws IOException {
            meanwhile.accept(pid);
            Files.readAllLines(Path.of("/proc/" + pid + "/net/route"));
            throw new IOException("sh was not ready");
        }
    }

    private NetworkProblem entering(IntConsumer meanwhile) throws IOException {
        Process container = new ProcessBuilder("sleep", "60").start();
        try {
            SlirpDriver driver = new SlirpDriver(run, new Looking(meanwhile));
            Attachment attachment = driver.attach(new AttachRequest("0123456789abcdef", "box", null, List.of(), List.of()), new NamespaceRef(-1));
            return assertThrows(NetworkProblem.class, () -> driver.enter(attachment, (int) container.pid()));
        } finally {
            container.destroyForcibly();
        }
    }

    @Test
    void oneThatHasEnded() throws IOException {
        NetworkProblem said = entering(pid -> {
            ProcessHandle container = ProcessHandle.of(pid).orElseThrow();
            container.destroyForcibly();
            container.onExit().join();
        });
        assertTrue(said.getMessage().contains("container 0123456789ab ended"), said.getMessage());
        assertFalse(said.getMessage().contains("/proc/") || said.remedy().contains("/dev/net/tun"), said::toString);
    }

    @Test
    void oneThatRuns() throws IOException {
        NetworkProblem said = entering(pid -> { });
        assertTrue(said.getMessage().contains("sh was not ready") && said.remedy().contains("/dev/net/tun"), said::toString);
    }
}
