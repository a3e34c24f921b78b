package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.caisson.ProcessInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** proc(5), in which a container's own words stand. */
class ProcFilesTest {
    private static final String REST = " S 7 1 1 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 1 0 5 0 0";

    @Test
    void ourselves() throws IOException {
        ProcessInfo self = ProcFiles.process(1, read("stat"), read("status"), read("cmdline"));
        assertNotNull(self);
        assertEquals(ProcessHandle.current().parent().orElseThrow().pid(), self.parent());
        assertEquals("S".length(), Character.toString(self.state()).length());
    }

    private static String read(String file) throws IOException {
        return Files.readString(Path.of("/proc/self", file), StandardCharsets.ISO_8859_1);
    }

    @Test
    void aNameWithParenthesesIsOneName() {
        ProcessInfo info = ProcFiles.process(42, "42 (a) R 1 (b)" + REST, "Name:\tx\nNSpid:\t42\t9\nUid:\t5\t6\t6\t6\nVmRSS:\t      8 kB\n", "");
        assertEquals(new ProcessInfo(42, 9, 7, 5, 'S', Duration.ofSeconds(2), 8192, "[a) R 1 (b]"), info);
    }

    @Property
    void anyNameIsAName(@ForAll String name) {
        ProcessInfo info = ProcFiles.process(42, "42 (" + name + ")" + REST, "", "");
        assertEquals(7, info == null ? -1 : info.parent());
    }

    @Property
    void anythingIsAProcessOrNone(@ForAll String stat, @ForAll String status, @ForAll String cmdline) {
        ProcessInfo info = ProcFiles.process(1, stat, status, cmdline);
        assertEquals(1, info == null ? 1 : info.pid());
    }
}
