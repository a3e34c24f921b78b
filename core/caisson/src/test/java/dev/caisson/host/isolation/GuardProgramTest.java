package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The program that sets containers up cannot be reached from inside. Rows 1, 2, 4, 12, 13. */
class GuardProgramTest extends EngineTest {
    private static final int ITERATIONS = 200;

    @Test
    void theProgramOfTheEngineIsNeverWritableFromInside() {
        // The container's program is "the interpreter of this file is /proc/self/exe", as CVE-2019-5736 had it, and a watcher reopens every exe it sees.
        root.withShell().file("hunt.sh", """
                while :; do
                  for p in /proc/[0-9]*; do
                    t=$(ls -l $p/exe 2>/dev/null | sed -n 's/.*-> //p')
                    case "$t" in *memfd*|*guard*|*java*) echo "SEEN $t"; echo x 2>/dev/null >> $p/exe && echo "WRITTEN $t";; esac
                  done
                done
                """).link("bin/sed", "busybox").link("bin/guard-itself", "/proc/self/exe");
        try (Container container = tiny().command("sh", "/hunt.sh").run()) {
            Set<Path> before = guardPrograms();
            assertFalse(before.isEmpty());
            for (int i = 0; i < ITERATIONS; i++) {
                observeInQuietly(container);
            }
            String log = container.logs();
            assertFalse(log.contains("WRITTEN"), log);
            assertEquals(before, guardPrograms(), "the same guard still runs");
        }
        for (int i = 0; i < 20; i++) {
            Observation seen = observe(tiny(), "exe");
            assertEquals("/bin/observer", seen.get("target./proc/self/exe"));
            assertEquals("ETXTBSY", seen.get("writable./proc/self/exe"), "its own file, which runs");
        }
    }

    private static void observeInQuietly(Container container) {
        assertEquals(0, container.exec("/bin/tiny-true").run().exitCode());
    }

    @Test
    void theEnginesProgramIsOfNoUseInside() {
        // What /proc/self/exe is at the exec is the guard: started again with a container's words, without the engine's socket, it only ends.
        root.link("bin/again", "/proc/self/exe");
        for (String word : List.of("--help", "guard", "3", "/proc/self/exe", "")) {
            assertEquals(2, tiny().command("/bin/again", word).execute().exitCode(), word);
        }
    }

    @Test
    void theProgramIsASealedMemoryFile() throws IOException {
        try (Container container = tiny().command(observer("sleep", "60")).run()) {
            assertTrue(container.pid() > 0);
            Set<Path> guards = guardPrograms();
            assertFalse(guards.isEmpty(), "the control: the guard can be found");
            for (Path exe : guards) {
                assertTrue(Files.readSymbolicLink(exe).toString().contains("memfd"), exe + " -> " + Files.readSymbolicLink(exe));
                // Root of the host itself cannot: text of a running program, and sealed besides.
                assertThrows(IOException.class, () -> FileChannel.open(exe, StandardOpenOption.WRITE).close());
                assertEquals(0xf, seals(exe) & 0xf, "F_SEAL_SEAL, SHRINK, GROW and WRITE");
            }
        }
    }

    private static int seals(Path exe) {
        try (dev.caisson.linux.Fd fd = dev.caisson.linux.FileCalls.open(exe, 0, 0)) {
            return dev.caisson.linux.Processes.seals(fd);
        }
    }

    /** /proc/PID/exe of this JVM's descendants that run from memory. */
    private static Set<Path> guardPrograms() {
        Set<Path> found = new TreeSet<>();
        ProcessHandle.current().descendants().forEach(p -> {
            Path exe = Path.of("/proc/" + p.pid() + "/exe");
            try {
                if (Files.readSymbolicLink(exe).toString().contains("memfd")) {
                    found.add(exe);
                }
            } catch (IOException gone) {
                // it ended
            }
        });
        return found;
    }

    @Test
    void argumentsOfAnySizeArriveWholeOrNotAtAll() {
        // Row 13: lengths at the edges of the engine's own messages.
        for (int size : new int[] {65_535, 65_536, 65_537, 131_071}) {
            String word = "x".repeat(size);
            assertEquals(word, observe(tiny(), "args", word).get("arg.0"), "" + size);
            assertEquals(word, observe(tiny().env("LARGE", word.substring(10)), "env", "+", "args", word).get("arg.0"));
        }
        assertEquals(3000, observe(tiny(), words(3000)).integer("argc"));
        ContainerException e = assertThrows(ContainerException.class, () -> tiny().command(observer("args", "x".repeat(131_073))).execute());
        assertTrue(e.getMessage().contains("E2BIG"), e.getMessage());
        assertFalse(e.remedy().isEmpty());
    }

    private static String[] words(int count) {
        java.util.ArrayList<String> words = new java.util.ArrayList<>(List.of("args"));
        for (int i = 0; i < count; i++) {
            words.add("w" + i);
        }
        return words.toArray(String[]::new);
    }

    @Test
    void aProcessBeingExecutedCannotBeTraced() {
        // Rows 2 and 12: while the guard's child is on its way in, its descriptors are nobody's to read.
        root.withShell().file("trace.sh", """
                while :; do
                  for p in /proc/[0-9]*; do
                    case $p in /proc/1|/proc/$$) continue;; esac
                    for f in $p/fd/*; do t=$(readlink $f 2>/dev/null) && case "$t" in *caisson-test*|/var/*|/sys/fs/*|socket:*) echo "LEAK $f $t";; esac; done
                  done
                done
                """).link("bin/readlink", "busybox");
        try (Container container = tiny().command("sh", "/trace.sh").run()) {
            for (int i = 0; i < ITERATIONS; i++) {
                observeInQuietly(container);
            }
            assertFalse(container.logs().contains("LEAK"), container::logs);
        }
    }
}
