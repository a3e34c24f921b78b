package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.spi.RegistryServerProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API alone: what it says without the server's artifact. What each setting does is tested there. */
class RegistryServerBuilderTest {
    @Test
    void withoutTheArtifactTheRemedyNamesIt(@TempDir Path temp) {
        EngineProblem problem = assertThrows(EngineProblem.class, () -> Registry.serve(temp.resolve("registry")).start());
        assertEquals("add the artifact dev.caisson:caisson-registry", problem.remedy());
        assertFalse(Files.exists(temp.resolve("registry")));
    }

    @Test
    void secretsAreInNoText() {
        RegistryServerProvider.Settings settings = new RegistryServerProvider.Settings(Optional.of(Path.of("/d")), Optional.empty(), "127.0.0.1", 1, false, Optional.empty(), Optional.empty(), Optional.of("keysecret"),
                Optional.empty(), Map.of("me", "usersecret"), Optional.empty(), Optional.empty(), false, false, 2, Duration.ofSeconds(1), 1);
        assertFalse(settings.toString().contains("secret"), settings.toString());
        InvalidSpec problem = assertThrows(InvalidSpec.class, () -> Registry.serve(Path.of("/d")).user("a:b", "usersecret"));
        assertTrue(problem.getMessage().contains("a:b") && !problem.getMessage().contains("usersecret"), problem.getMessage());
    }
}
