package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerException;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.Canary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** Invariant 12, rows 82 and 110: hostile text in every parameter of the API is refused by name or used as the text it is, and never as a path of the host's. */
class HostileTextTest extends EngineTest {
    private static final int ROUNDS = 10_000;
    private static final List<String> BITS = List.of("..", "/", "../", "\0", "\n", "%s", "$(x)", "a", "0", "-", "--", ":", "@", "sha256:", ",", "=", "\\", "\"", "é", "\ud800", " ", "\t", ".",
            "_", "/proc/self/fd/3", "/../../../..", "x".repeat(300), "4294967296", "host", "none");
    private static final Map<String, BiFunction<ContainerBuilder, String, ContainerBuilder>> BUILDER = new TreeMap<>(Map.ofEntries(
            Map.entry("name", ContainerBuilder::name), Map.entry("hostname", ContainerBuilder::hostname), Map.entry("user", ContainerBuilder::user),
            Map.entry("workdir", ContainerBuilder::workdir), Map.entry("memory", ContainerBuilder::memory), Map.entry("network", ContainerBuilder::network),
            Map.entry("tmpfs", (b, s) -> b.tmpfs(s)), Map.entry("env", (b, s) -> b.env(s, s)), Map.entry("label", (b, s) -> b.label(s, s)),
            Map.entry("bind", (b, s) -> b.bind(Path.of("/var/empty"), s)), Map.entry("logDriver", (b, s) -> b.logDriver(s, Map.of(s, s))),
            Map.entry("entrypoint", (b, s) -> b.entrypoint(s)), Map.entry("sysctl", (b, s) -> b.sysctl(s, s)), Map.entry("dns", (b, s) -> b.dns(s))));

    @Test
    void ofTheBuilder() {
        Random random = new Random(20_240_517);
        Canary canary = Canary.plant(directory.resolve("canary"));
        Map<String, String> wrong = new TreeMap<>();
        List<String> methods = List.copyOf(BUILDER.keySet());
        int ran = 0;
        for (int i = 0; i < ROUNDS; i++) {
            String method = methods.get(i % methods.size());
            String text = text(random);
            try {
                ContainerBuilder builder = BUILDER.get(method).apply(tiny().command("/bin/true"), text);
                builder.spec();
                if (ran < 300 && random.nextInt(4) == 0) {
                    ran++;
                    builder.execute();
                }
            } catch (ContainerException named) {
                assertTrue(named.getMessage().length() > 10);
            } catch (RuntimeException e) {
                wrong.putIfAbsent(method + ": " + e.getClass().getSimpleName(), text + " -> " + e);
            }
        }
        assertEquals(Map.of(), wrong);
        assertTrue(ran > 100, "valid ones were run");
        canary.assertUntouched();
    }

    @Test
    void ofTheImages() throws Exception {
        Random random = new Random(20_240_518);
        Path tar = root.tar(directory.resolve("root.tar"));
        engine.images().importRootfs(tar, "good:1");
        Map<String, BiConsumer<String, Path>> calls = Map.of("find", (s, t) -> engine.images().find(s), "tag", (s, t) -> engine.images().tag("good:1", s),
                "tagged", (s, t) -> engine.images().tag(s, "other:1"), "remove", (s, t) -> engine.images().remove(s), "save", (s, t) -> engine.images().save(s, t),
                "image", (s, t) -> engine.image(s).command("/bin/tiny-true").execute());
        Map<String, String> wrong = new TreeMap<>();
        for (int i = 0; i < ROUNDS / 4; i++) {
            String text = text(random);
            calls.forEach((name, call) -> {
                try {
                    call.accept(text, directory.resolve("saved.tar"));
                } catch (ContainerException named) {
                    assertTrue(named.getMessage().length() > 10);
                } catch (RuntimeException e) {
                    wrong.putIfAbsent(name + ": " + e.getClass().getSimpleName(), text + " -> " + e);
                }
            });
        }
        assertEquals(Map.of(), wrong);
        assertTrue(engine.images().find("good:1").isPresent());
        try (var names = Files.list(directory)) {
            assertEquals(List.of("engine", "root.tar", "rootfs", "run"), names.map(p -> p.getFileName().toString()).filter(n -> !n.equals("saved.tar")).sorted().toList());
        }
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(5); i >= 0; i--) {
            text.append(BITS.get(random.nextInt(BITS.size())));
        }
        return text.toString();
    }
}
