package dev.caisson.testkit.rootfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TinyRootfsTest {
    @TempDir Path directory;

    @Test
    void theObserverSaysWhoItIs() throws Exception {
        Observation seen = observe("ids", "+", "caps", "+", "cwd", "+", "namespaces");
        assertEquals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"), seen.integer("uid"));
        assertEquals(5, seen.below("cap.").size());
        assertEquals(directory.toRealPath().toString(), seen.get("cwd"));
        assertEquals(Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")).toString(), seen.get("ns.mnt"));
    }

    @Test
    void anythingInTheEnvironmentComesThroughTheEscapes() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(observer().toString(), "env");
        builder.environment().put("ODD", "a=b\nc\\012 ü");
        assertEquals("a=b\nc\\012 ü", Observation.parse(output(builder)).get("env.ODD"));
    }

    @Test
    void attemptsNameTheirErrno() throws Exception {
        Observation seen = observe("readable", "/", "/nonexistent", "+", "mkdir", "/proc/nothing", "+", "syscall", "39");
        assertTrue(seen.ok("readable./"));
        assertEquals("ENOENT", seen.get("readable./nonexistent"));
        assertEquals("ENOENT", seen.get("mkdir./proc/nothing"));
        assertTrue(seen.ok("syscall.39"));
    }

    @Test
    void whatWasNotObservedIsAnErrorThatNamesWhatWas() {
        Observation seen = Observation.parse("uid=0\nnot a pair\n");
        assertTrue(assertThrows(IllegalArgumentException.class, () -> seen.get("gid")).getMessage().contains("[uid]"));
        assertFalse(seen.has("not a pair"));
    }

    @Test
    void namedAsACommandItIsThatCommand() throws Exception {
        TinyRootfs root = TinyRootfs.create(directory.resolve("root"));
        assertEquals("hello world\n", output(new ProcessBuilder(root.at("/bin/echo").toString(), "hello", "world")));
        assertEquals(0, new ProcessBuilder(root.at("/bin/true").toString()).start().waitFor());
        assertEquals(0, new ProcessBuilder(root.at(TinyRootfs.TRUE).toString()).start().waitFor());
        assertEquals(7, new ProcessBuilder(root.at(TinyRootfs.OBSERVER).toString(), "exit", "7").start().waitFor());
        assertTrue(Files.size(root.at(TinyRootfs.TRUE)) < 1024);
    }

    @Test
    void aDirectoryThatIsInUseIsRefused() throws IOException {
        Files.writeString(directory.resolve("precious"), "");
        assertThrows(IllegalArgumentException.class, () -> TinyRootfs.create(directory));
    }

    @Test
    void theShellRunsInside() throws Exception {
        TinyRootfs root = TinyRootfs.create(directory.resolve("root")).withShell();
        assertEquals("3\n", output(new ProcessBuilder(root.at("/bin/sh").toString(), "-c", "echo $((1 + 2))")));
        assertTrue(Files.size(root.tar(directory.resolve("root.tar"))) > Files.size(root.at(TinyRootfs.OBSERVER)));
    }

    private Path observer() {
        return NativeProgram.OBSERVER.copyTo(directory.resolve("observer"));
    }

    private Observation observe(String... command) throws Exception {
        List<String> all = new ArrayList<>(List.of(observer().toString()));
        all.addAll(List.of(command));
        return Observation.parse(output(new ProcessBuilder(all).directory(directory.toFile())));
    }

    private static String output(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), text);
        return text;
    }
}
