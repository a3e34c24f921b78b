package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContainerException;
import dev.caisson.ContainerSpec;
import dev.caisson.Engine;
import dev.caisson.Stage;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.core.streams.RecentLines;
import dev.caisson.spi.EngineProvider;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong in the engine's own directories is told with what helps. */
class OpenLogsTest {
    @TempDir
    Path directory;

    private static void helps(ContainerException said, Stage stage, String where) {
        assertEquals(stage, said.stage());
        assertTrue(said.getMessage().contains(where), said::toString);
        assertFalse(said.remedy().isEmpty(), said::toString);
    }

    @Test
    void aLogThatCannotBeMade() throws IOException {
        Engine engine = (Engine) Proxy.newProxyInstance(Engine.class.getClassLoader(), new Class<?>[] {Engine.class}, InvocationHandler::invokeDefault);
        ContainerSpec spec = engine.rootfs(Path.of("/srv/root")).spec();
        EngineHome home = EngineHome.open(directory.resolve("root"), Optional.of(directory.resolve("run")));
        try {
            Drivers drivers = new Drivers(home, new EngineProvider.Settings(Optional.empty(), Optional.empty(), Optional.empty(), false, 0, 0, List.of(), List.of(), List.of(), List.of(), List.of(),
                    Optional.empty(), Optional.empty(), false, dev.caisson.ImageLimits.DEFAULT));
            Path inTheWay = Files.createFile(directory.resolve("file"));
            helps(assertThrows(ContainerException.class, () -> OpenLogs.open(drivers, Runnable::run, spec, "id", "name", ImageDefaults.NONE, false, inTheWay, () -> { }, new RecentLines())),
                    Stage.LOGS, inTheWay.toString());
        } finally {
            home.close();
        }
    }

    @Test
    void aHomeThatIsTakenAway() throws IOException {
        EngineHome home = EngineHome.open(directory.resolve("root"), Optional.of(directory.resolve("run")));
        Path away = Files.move(directory.resolve("root/engines"), directory.resolve("away"));
        helps(assertThrows(ContainerException.class, home::others), Stage.SUPERVISE, "root/engines");
        helps(assertThrows(ContainerException.class, home::containerIds), Stage.SUPERVISE, "containers");
        Files.move(away, directory.resolve("root/engines"));
        home.close();
    }
}
