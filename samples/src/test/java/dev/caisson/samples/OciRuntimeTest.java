package dev.caisson.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Engine;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each command is a JVM of its own. */
@Tag("host")
class OciRuntimeTest {
    @TempDir
    private Path directory;

    private record Said(int code, String text) {}

    private Said call(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
                "dev.caisson.samples.OciRuntime", "--root", directory.resolve("oci").toString()));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectError(directory.resolve("stderr").toFile()).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        return new Said(code, code == 0 ? text : text + Files.readString(directory.resolve("stderr")));
    }

    private Path bundle(Engine engine, Path rootfs, String script) {
        Path bundle = directory.resolve("bundle");
        engine.toBundle(engine.rootfs(rootfs).networkNone().annotation("a", "b").command("sh", "-c", script).spec(), bundle);
        return bundle;
    }

    @Test
    void aLife() throws Exception {
        Leftovers before = Leftovers.now();
        try (BusyboxRootfs busybox = BusyboxRootfs.make()) {
            Path bundle;
            try (Engine engine = Engine.builder().root(directory.resolve("state")).build()) {
                bundle = bundle(engine, busybox.directory(), "echo started; trap 'echo told; exit 7' TERM; while :; do sleep 0.1; done");
            }
            Path config = bundle.resolve("config.json");
            Path told = directory.resolve("told");
            Path hook = Files.writeString(directory.resolve("hook"), "#!/bin/sh\ncat >>" + told + "\n");
            hook.toFile().setExecutable(true);
            Files.writeString(config, Files.readString(config).replaceFirst("\\{", "{\"hooks\": {\"poststart\": [{\"path\": \"" + hook + "\"}]},"));
            Path pidFile = directory.resolve("pid");
            Said created = call("create", "--bundle", bundle.toString(), "--pid-file", pidFile.toString(), "web");
            assertEquals(new Said(0, ""), created);
            int pid = Integer.parseInt(Files.readString(pidFile));
            assertTrue(Files.readString(Path.of("/proc/" + pid + "/comm")).contains("guard"), "the program has not begun");
            String state = call("state", "web").text();
            assertTrue(state.contains("\"status\": \"created\"") && state.contains("\"pid\": " + pid) && state.contains("\"bundle\": \"" + bundle) && state.contains("\"a\": \"b\""), state);
            assertTrue(call("delete", "web").text().contains("is created, not stopped"));
            assertFalse(Files.exists(told));
            assertEquals(new Said(0, ""), call("start", "web"));
            assertTrue(Files.readString(told).contains("\"status\":\"running\",\"pid\":" + pid), Files.readString(told));
            assertTrue(call("start", "web").text().contains("is not created, but running"));
            assertTrue(call("create", "--bundle", bundle.toString(), "web").text().contains("exists"));
            assertEquals(new Said(0, ""), call("kill", "web", "TERM"));
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (ProcessHandle.of(pid).isPresent() && System.nanoTime() < deadline) {
                Thread.sleep(20);
            }
            assertTrue(call("state", "web").text().contains("\"status\": \"stopped\""));
            assertEquals(new Said(0, "started\ntold\n"), call("logs", "web"));
            assertEquals(new Said(0, ""), call("delete", "web"));
            assertTrue(call("state", "web").text().contains("does not exist"));
            try (var left = Files.list(directory.resolve("oci"))) {
                assertEquals(List.of(), left.filter(p -> !p.getFileName().toString().endsWith(".lock")).toList());
            }
        }
        assertEquals(List.of(), before.newSince(Duration.ofSeconds(30)));
    }

    @Test
    void theTerminalGoesToTheConsoleSocketAndForceKills() throws Exception {
        try (BusyboxRootfs busybox = BusyboxRootfs.make()) {
            Path bundle;
            try (Engine engine = Engine.builder().root(directory.resolve("state")).build()) {
                bundle = bundle(engine, busybox.directory(), "tty; read line; echo got $line; sleep 600");
            }
            Path config = bundle.resolve("config.json");
            Files.writeString(config, Files.readString(config).replace("\"terminal\" : false", "\"terminal\" : true"));
            Path console = directory.resolve("console");
            Process receiver = new ProcessBuilder("python3", "-c", """
                    import socket, sys, os, array
                    s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(1); print('ready', flush=True)
                    c, _ = s.accept(); data, more, *_ = c.recvmsg(4096, 1024)
                    fd = array.array('i', more[0][2][:4])[0]; os.write(fd, b'hello\\n'); text = b''
                    while b'got hello' not in text: text += os.read(fd, 4096)
                    print(text.decode(), flush=True)
                    """, console.toString()).redirectErrorStream(true).start();
            var lines = receiver.inputReader();
            assertEquals("ready", lines.readLine());
            assertEquals(new Said(0, ""), call("create", "--bundle", bundle.toString(), "--console-socket", console.toString(), "term"));
            assertEquals(new Said(0, ""), call("start", "term"));
            StringBuilder text = new StringBuilder();
            lines.lines().forEach(l -> text.append(l).append('\n'));
            assertTrue(text.toString().contains("/dev/pts/0") && text.toString().contains("got hello"), text::toString);
            assertTrue(call("delete", "term").text().contains("--force kills it"));
            assertEquals(new Said(0, ""), call("delete", "--force", "term"));
        }
    }

    @Test
    void whatIsWrongIsSaid() throws Exception {
        assertTrue(call().text().contains("usage:"));
        assertEquals(1, call("create", "--bundle", directory.toString(), "a").code());
        assertTrue(call("create", "--bundle", directory.toString(), "a").text().contains("config.json cannot be read"));
        assertTrue(call("start", "../a").text().contains("is no id"));
        assertTrue(call("state", "nobody").text().contains("does not exist"));
        assertTrue(call("state", "--nothing", "a").text().contains("unknown option"));
        assertFalse(Files.exists(directory.resolve("oci/a")));
    }
}
