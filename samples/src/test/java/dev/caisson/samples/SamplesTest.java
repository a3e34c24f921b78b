package dev.caisson.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Change;
import dev.caisson.Containers;
import dev.caisson.Engine;
import dev.caisson.Execution;
import dev.caisson.Registry;
import dev.caisson.RegistryServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("host")
class SamplesTest {
    private final Leftovers before = Leftovers.now();
    private Engine engine;

    @BeforeEach
    void open(@TempDir Path root) {
        engine = Engine.builder().root(root.resolve("state")).build();
        Containers.use(engine);
    }

    @AfterEach
    void close() throws InterruptedException {
        engine.close();
        assertEquals(List.of(), before.newSince(Duration.ofSeconds(30)));
    }

    @Test
    @Tag("smoke")
    void quickstart() throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        boolean clean = new Quickstart(new PrintStream(printed, true, StandardCharsets.UTF_8)).run();
        String text = printed.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("Welcome to nginx!"), text);
        assertTrue(text.contains("\"GET / HTTP/1.1\" 200"), text);
        assertTrue(clean, text);
    }

    @Test
    @Tag("smoke")
    void classpathImage() throws Exception {
        JavaImage.make(engine.images(), "java:local", "java.base");
        String said = ClasspathImage.greeting(engine).stdout();
        assertTrue(said.matches("Java " + Runtime.version().feature() + ", pid 1, from image sha256:[0-9a-f]{64}\n"), said);
    }

    @Test
    @Tag("smoke")
    void helloRootfs() throws Exception {
        try (BusyboxRootfs busybox = BusyboxRootfs.make()) {
            assertEquals("hello world from hull, pid 1\n", HelloRootfs.hello(busybox.directory()).stdout());
            assertFalse(Files.exists(busybox.directory().resolve("greeting")));
        }
    }

    @Test
    void ownRegistry(@TempDir Path directory) throws Exception {
        try (BusyboxRootfs busybox = BusyboxRootfs.make()) {
            assertEquals("hello from my own registry\n", OwnRegistry.roundTrip(directory, busybox.directory()));
        }
    }

    @Test
    void pullWithProgress(@TempDir Path directory) throws Exception {
        try (BusyboxRootfs busybox = BusyboxRootfs.make(); RegistryServer registry = Registry.serve(directory.resolve("registry")).start()) {
            String name = registry.host() + "/team/hello:v1";
            engine.images().fromDirectory(busybox.directory(), name);
            engine.images().push(name);
            engine.images().remove(name);
            ByteArrayOutputStream shown = new ByteArrayOutputStream();
            PullWithProgress.pull(engine, name, new PrintStream(shown, true, StandardCharsets.UTF_8), true);
            String text = shown.toString(StandardCharsets.UTF_8);
            assertTrue(text.startsWith("\rhello:v1  [") && text.contains("[====================] 100 %") && text.endsWith("2 of 2 blobs\u001b[K" + System.lineSeparator()), text);
            shown.reset();
            PullWithProgress.pull(engine, name, new PrintStream(shown, true, StandardCharsets.UTF_8), false);
            assertEquals(2, shown.toString(StandardCharsets.UTF_8).lines().filter(l -> l.matches("sha256:[0-9a-f]{12} present")).count(), shown::toString);
        }
    }

    @Test
    void hostRootBuildStep() {
        Execution build = HostRootBuildStep.compile();
        assertEquals("the answer is 42\n", build.stdout(), build::stderr);
        assertTrue(build.changes().contains(new Change(Change.Kind.ADDED, "/usr/local/bin/answer")), () -> build.changes().toString());
        assertFalse(Files.exists(Path.of("/usr/local/bin/answer")));
    }

    @Test
    void oneHostOnly() throws Exception {
        try (BusyboxRootfs busybox = BusyboxRootfs.make()) {
            assertEquals("the artifact\nno metadata\nno way out\n", OneHostOnly.build(busybox.directory()).stdout());
            String tried = OneHostOnly.attempts().toString();
            assertTrue(tried.contains("refused tcp 169.254.169.254:80") && tried.contains("refused dns exfiltrate.example"), tried);
        }
    }

    @Test
    void databaseFixture() throws Exception {
        try (DatabaseFixture databases = DatabaseFixture.start(engine)) {
            assertEquals("42", databases.query("create table t(n int); insert into t values (41); select n + 1 from t").lines().reduce((a, b) -> b).orElse(""));
            assertEquals("+PONG", databases.ask("PING"));
            assertTrue(databases.jdbcUrl().startsWith("jdbc:postgresql://127.0.0.1:"));
        }
        assertFalse(Files.exists(Path.of("/var/tmp/data")), "nothing of it is on the host");
    }

    @Test
    void cachedBuild(@TempDir Path work) throws Exception {
        Path source = Files.createDirectories(work.resolve("source"));
        Files.writeString(source.resolve("answer.c"), "int main(void) { return 42; }\n");
        CachedBuild build = new CachedBuild(work.resolve("cache"));
        String[] command = {"cc", "-o", "/out/answer", "answer.c"};
        CachedBuild.Result first = build.run(source, command);
        assertTrue(first.fresh());
        assertEquals(42, new ProcessBuilder(first.outputs().resolve("answer").toString()).start().waitFor());
        assertEquals(new CachedBuild.Result(first.outputs(), false), build.run(source, command));
        Files.writeString(source.resolve("answer.c"), "int main(void) { return 43; }\n");
        assertTrue(build.run(source, command).fresh(), "other inputs");
        Files.writeString(source.resolve("answer.c"), "int main(void) { return }\n");
        String said = org.junit.jupiter.api.Assertions.assertThrows(IllegalStateException.class, () -> build.run(source, command)).getMessage();
        assertTrue(said.contains("exit 1") && said.contains("error"), said);
        try (var kept = Files.list(work.resolve("cache"))) {
            assertEquals(2, kept.count(), "what fails is not kept");
        }
    }

    @Test
    void logShipping(@TempDir Path root) throws Exception {
        try (BusyboxRootfs busybox = BusyboxRootfs.make(); Engine shipping = Engine.builder().root(root.resolve("state")).logging(new LogShipping()).build()) {
            List<String> lines = LogShipping.shipped(shipping, busybox.directory());
            assertEquals(3, lines.size(), lines::toString);
            assertTrue(lines.stream().anyMatch(l -> l.matches("\\{\"time\":\"20.*Z\",\"container\":\"talker\",\"stream\":\"stderr\",\"message\":\"say \\\\u0022two\\\\u0022\"}")), lines::toString);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "eat memory,      (out of memory)",
        "fork forever,    can't fork: Resource temporarily unavailable",
        "never end,       so far it said: working",
        "call home,       Permission denied",
        "change the root, Read-only file system",
    })
    void untrustedCode(String attack, String outcome) throws Exception {
        try (BusyboxRootfs busybox = BusyboxRootfs.make()) {
            String ended = UntrustedCode.outcome(busybox.directory(), UntrustedCode.attacks().get(attack));
            assertTrue(ended.contains(outcome), () -> Map.entry(attack, ended).toString());
        }
    }
}
