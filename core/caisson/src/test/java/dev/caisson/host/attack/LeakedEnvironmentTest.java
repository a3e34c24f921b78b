package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Row 21: an environment holds what its own container was given, and nothing of the JVM's or of another's. */
@Timeout(180)
class LeakedEnvironmentTest extends EngineTest {
    private static final int CONTAINERS = 200;
    private static final String DOCKERS_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /** An image whose configuration was written by hand: builders and importRootfs() would not. */
    private void image(String name, List<String> env) throws Exception {
        Path archive = Files.createDirectory(directory.resolve("archive"));
        Path layer = root.tar(archive.resolve("layer.tar"));
        String diffId = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(layer)));
        String entries = env.stream().map(e -> '"' + e.replace("\\", "\\\\").replace("\"", "\\\"") + '"').collect(Collectors.joining(","));
        Files.writeString(archive.resolve("config.json"), "{\"architecture\":\"" + (System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64") + "\",\"os\":\"linux\",\"config\":{\"Env\":["
                + entries + "]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" + diffId + "\"]}}");
        Files.writeString(archive.resolve("manifest.json"), "[{\"Config\":\"config.json\",\"RepoTags\":[\"" + name + "\"],\"Layers\":[\"layer.tar\"]}]");
        engine.images().load(archive);
    }

    @Test
    void namesWithoutValuesAndGlobsAreLookedUpNowhere() throws Exception {
        assertTrue(System.getenv().keySet().stream().anyMatch(k -> !k.equals("PATH") && !k.equals("HOME")), "the control: the JVM has an environment to leak");
        List<String> env = new ArrayList<>(System.getenv().keySet().stream().filter(k -> k.matches("\\w+")).toList());
        env.addAll(List.of("*", "PA*", "?", "=x", "", "A", "$HOME", "${PATH}", "PATH", "HOME", "GIVEN=$HOME", "EMPTY="));
        image("names:1", env);
        Map<String, String> expected = new TreeMap<>(Map.of("PATH", DOCKERS_PATH, "HOSTNAME", "h", "HOME", "/root", "GIVEN", "$HOME", "EMPTY", ""));
        assertEquals(expected, new TreeMap<>(observe(engine.image("names:1").hostname("h"), "env").below("env.")));
        try (Container container = engine.image("names:1").hostname("h").command(observer("sleep", "60")).run()) {
            assertEquals(expected, new TreeMap<>(observeIn(container, "env").below("env.")));
        }
        engine.images().remove("names:1");
    }

    /** Several at once, and most of them finished from one made ahead, which knew nothing of who would have it. */
    @Test
    void nobodySeesAnothersSecret() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Map<String, String>>> all = new ArrayList<>();
            for (int i = 0; i < CONTAINERS; i++) {
                String secret = "SECRET_" + i;
                all.add(threads.submit(() -> new TreeMap<>(observe(tiny().hostname("h").env(secret, "of " + secret), "env").below("env."))));
            }
            for (int i = 0; i < CONTAINERS; i++) {
                assertEquals(new TreeMap<>(Map.of("PATH", DOCKERS_PATH, "HOSTNAME", "h", "HOME", "/root", "SECRET_" + i, "of SECRET_" + i)), all.get(i).get());
            }
        } finally {
            threads.shutdown();
            eventually("the threads end", java.time.Duration.ofSeconds(30), threads::isTerminated);
        }
        try (Container one = tiny().env("OWN", "1").command(observer("sleep", "60")).run()) {
            Map<String, String> exec = observation(one.exec(observer("env")).env("ONCE", "2").run()).below("env.");
            assertTrue(exec.get("OWN").equals("1") && exec.get("ONCE").equals("2"), exec::toString);
            assertFalse(observeIn(one, "env").below("env.").containsKey("ONCE"), "what one exec was given the next has not");
        }
    }
}
