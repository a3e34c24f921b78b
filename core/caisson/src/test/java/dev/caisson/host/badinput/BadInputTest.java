package dev.caisson.host.badinput;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContainerException;
import dev.caisson.Engine;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.Canary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.function.Executable;

/** Wrong input is answered by a sentence that names the thing, and by nothing else: no file of a container stays, nothing outside is touched. */
abstract class BadInputTest extends EngineTest {
    protected Canary canary;

    /** A spare is a container's directory that stays for a while. */
    @Override
    protected Engine.Builder settings(Engine.Builder usual) {
        return usual.spares(0);
    }

    @BeforeEach
    void plant() {
        canary = Canary.plant(directory.resolve("canary"));
    }

    @AfterEach
    void nothingStaysAndNothingWasTouched() throws IOException {
        canary.assertUntouched();
        try (Stream<Path> engines = Files.list(engine.root().resolve("engines"))) {
            for (Path one : engines.toList()) {
                eventually("no directory of a container stays in " + one, java.time.Duration.ofSeconds(30), () -> empty(one.resolve("containers")));
            }
        }
        assertTrue(empty(engine.root().resolve("names")), "no name stays claimed");
        eventually("no container is listed", java.time.Duration.ofSeconds(30), () -> engine.containers().isEmpty()); // its directory goes first
    }

    private static boolean empty(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.findAny().isEmpty();
        } catch (IOException e) {
            return true;
        }
    }

    /** The error of this type, whose message has all these words. */
    protected static <T extends ContainerException> T refused(Class<T> type, Executable action, String... words) {
        T e = assertThrows(type, action);
        assertSays(e, words);
        return e;
    }

    /** As {@link #refused}, and the error has a remedy. */
    protected static <T extends ContainerException> T mendable(Class<T> type, Executable action, String... words) {
        T e = refused(type, action, words);
        assertFalse(e.remedy().isEmpty(), () -> "no remedy: " + e.getMessage());
        assertTrue(e.getMessage().contains("Remedy: " + e.remedy()), e.getMessage());
        return e;
    }

    private static void assertSays(ContainerException e, String... words) {
        for (String word : words) {
            assertTrue(e.getMessage().contains(word), () -> "'" + word + "' is not in: " + e.getMessage());
        }
        assertTrue(e.getMessage().contains("[stage " + e.stage() + "]"), e.getMessage());
        assertFalse(e.getMessage().contains("Exception:"), () -> "an exception's name is no sentence: " + e.getMessage());
    }
}
