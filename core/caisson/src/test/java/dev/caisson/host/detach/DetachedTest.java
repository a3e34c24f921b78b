package dev.caisson.host.detach;

import dev.caisson.Engine;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;

/** A home that several JVMs use one after the other, and a directory by whose files a container is told to go on. */
abstract class DetachedTest extends EngineTest {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    Path home;
    /** What containers have at /ctl. */
    Path control;

    @BeforeEach
    void furnish() {
        root.withShell();
        home = directory.resolve("home");
        control = hostDirectory("ctl");
    }

    /** An engine of this JVM on that home. */
    Engine open() {
        return Engine.builder().root(home.resolve("engine")).runDirectory(home.resolve("run")).build();
    }

    /** What is in files of engines whose names end so; a log has what its container printed when it is written there, not when it was printed. */
    String written(String name) {
        try (Stream<Path> all = Files.walk(home.resolve("engine/engines"))) {
            StringBuilder text = new StringBuilder();
            for (Path file : all.filter(p -> p.toString().endsWith(name)).toList()) {
                text.append(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
            return text.toString();
        } catch (IOException | UncheckedIOException e) {
            return "changing: " + e;
        }
    }

    /** Makes a file for which a container waits. */
    void go(String name) {
        try {
            Files.createFile(control.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
