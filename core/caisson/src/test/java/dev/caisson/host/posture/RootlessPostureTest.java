package dev.caisson.host.posture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.host.EngineTest;
import dev.caisson.host.rootless.OrdinaryLife;
import dev.caisson.testkit.Golden;
import dev.caisson.testkit.OrdinaryUser;
import dev.caisson.testkit.RequiresTool;
import dev.caisson.testkit.rootfs.Observation;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Row 25, where the JVM is an ordinary user. */
@Timeout(180)
@RequiresTool(value = {"newuidmap", "setpriv"}, debianPackage = "uidmap")
class RootlessPostureTest extends EngineTest {
    private static final Path GOLDEN = Path.of("src/test/resources/dev/caisson/host/posture");

    @Test
    void itIsWhatIsWrittenDown() throws Exception {
        try (OrdinaryUser user = OrdinaryUser.in(Files.createTempDirectory(Path.of("/var/tmp"), "caisson-ordinary-")).withSubordinateIds()) {
            Path tiny = user.give(TinyRootfs.create(user.home().resolve("rootfs")).path());
            Files.writeString(user.home().resolve("observer"), String.join("\n", observer(Posture.COMMANDS)));
            OrdinaryUser.Result result = user.java(OrdinaryLife.class, tiny.toString(), "posture");
            assertEquals(0, result.exitCode(), result.output());
            for (String name : new String[] {"rootless", "rootless-user", "rootless-network-host", "rootless-exec"}) {
                Observation seen = Observation.parse(Files.readString(user.home().resolve(name + ".seen")));
                String id = seen.values().getOrDefault("env.HOSTNAME", "none");
                Golden.check(GOLDEN.resolve(name + ".posture"), Posture.of(seen, observeHost(Posture.COMMANDS), id).toString());
            }
        }
    }
}
