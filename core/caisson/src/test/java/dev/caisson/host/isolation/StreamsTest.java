package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Execution;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import java.io.ByteArrayInputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Standard streams and terminals. Rows 7, 11. */
class StreamsTest extends EngineTest {
    @Test
    void aWorkerOfAnotherUserCanLogToDevStdout() {
        Observation seen = observe(tiny(), "reopen", "1000");
        assertTrue(seen.ok("reopen./dev/stdout") && seen.ok("reopen./dev/stderr") && seen.ok("reopen./proc/self/fd/1"), seen.values()::toString);
        assertTrue(observe(tiny().user("1000"), "reopen").ok("reopen./dev/stdout"));
        try (Container container = tiny().command(observer("sleep", "60")).run()) {
            assertTrue(observeIn(container, "reopen", "65534").ok("reopen./dev/stdout"));
        }
        assertEquals("EACCES", observe(tiny().user("1000"), "readable", "/dev/stdout").get("readable./dev/stdout"), "nobody reads what others printed");
    }

    @Test
    void everyByteArrivesInOrder() {
        byte[] bytes = new byte[3_000_000];
        new Random(7).nextBytes(bytes);
        Execution e = tiny().stdin(new ByteArrayInputStream(bytes)).command(observer("cat")).execute();
        org.junit.jupiter.api.Assertions.assertArrayEquals(bytes, e.stdoutBytes());
        assertEquals("", tiny().command(observer("cat")).execute().stdout(), "no input is an end at once");
        assertEquals("grüß\n", tiny().stdin("grüß\n").command(observer("cat")).execute().stdout());
    }

    @Test
    void theTerminalIsTheContainersOwn() {
        Observation seen = terminal(tiny().tty());
        assertEquals("/dev/pts/0", seen.get("tty.0"));
        assertEquals("/dev/pts/0", seen.get("tty.1"));
        assertEquals("/dev/pts/0", seen.get("tty.2"));
        assertEquals("24x80", seen.get("window"));
        assertEquals("ok", seen.get("controlling"));
        assertTrue(seen.get("/dev/console").contains("rdev=136:0"), seen.get("/dev/console"));
        assertTrue(terminal(tiny().tty().user("1000")).get("/dev/pts/0").startsWith("c 0620 1000:5"), "its user's");
        Observation without = observe(tiny(), "terminal");
        assertEquals("no", without.get("tty.0"));
        assertEquals("ENXIO", without.get("controlling"), "no terminal of the engine's can be reached");
    }

    private static Observation terminal(dev.caisson.ContainerBuilder builder) {
        return Observation.parse(builder.command(observer("terminal", "+", "stat", "/dev/console", "/dev/pts/0")).execute().stdout().replace("\r", ""));
    }

    @Test
    void nothingCanBeTypedIntoAnothersTerminal() {
        // Row 11, CVE-2017-5226. Into its own terminal a process may push what the kernel allows; that reaches nobody else.
        assertFalse(observe(tiny(), "tiocsti").ok("tiocsti"), "there is no terminal to type into");
        assertEquals("1", observe(tiny(), "ids").get("sid"), "nor a session of the engine's, whose terminal could be had");
        Observation own = Observation.parse(tiny().tty().command(observer("tiocsti", "+", "ids")).execute().stdout().replace("\r", ""));
        assertEquals("1", own.get("sid"), "a session of its own");
    }
}
