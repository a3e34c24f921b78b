package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.ContainerException;
import dev.caisson.Execution;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.Canary;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Invariant 8, row 83: an image's configuration configures the workload, or is refused; it never names anything of the host's. */
class HostileConfigTest extends EngineTest {
    private Path tar;

    @BeforeEach
    void pack() {
        tar = root.withShell().tar(directory.resolve("root.tar"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ENTRYPOINT [\"/bin/sh\\u0000x\"]", "CMD [\"a\\u0000b\"]", "ENV A=b\0c", "VOLUME [\"/a\\u0000b\"]", "WORKDIR /a\0b", "USER a\0b", "STOPSIGNAL garbage",
        "STOPSIGNAL 99999", "USER 4294967295", "USER -1", "USER ../x", "USER 0x0", "VOLUME /", "VOLUME [\"\"]", "VOLUME /proc/self/attr", "WORKDIR /proc/self/fd/3",
        "WORKDIR /proc/1/root", "CMD []"})
    void whatCannotBeMeantIsRefused(String change) {
        Canary canary = Canary.plant(directory.resolve("canary"));
        assertThrows(ContainerException.class, () -> {
            engine.images().importRootfs(tar, "hostile:1", change);
            engine.image("hostile:1").readOnly().execute();
        });
        canary.assertUntouched();
        assertEquals(0, tiny().command("/bin/true").execute().exitCode()); // the engine is none the worse
    }

    @ParameterizedTest
    @ValueSource(strings = {"VOLUME /../../../../etc", "VOLUME relative/../../x", "WORKDIR ../../../..", "WORKDIR /../../tmp", "ENV LD_PRELOAD=/x", "ENV PATH="})
    void whatLeadsOutLeadsBackIn(String change) {
        Canary canary = Canary.plant(directory.resolve("canary"));
        engine.images().importRootfs(tar, "hostile:1", change);
        Execution run = engine.image("hostile:1").readOnly().command("/bin/sh", "-c", "test -x /bin/observer && ! test -e " + canary.path()).execute();
        assertEquals(0, run.exitCode(), run::stderr);
        canary.assertUntouched();
    }

    /** Two hundred labels with every word the engine itself knows, and the container is the one it would be without. */
    @Test
    void labelsConfigureNothing() {
        List<String> words = List.of("log-driver", "restart", "hooks", "cgroup", "device", "cdi", "network", "volume", "privileged", "seccomp", "init", "bind", "root", "run");
        List<String> changes = words.stream().flatMap(w -> List.of("dev.caisson.", "io.caisson/", "com.docker.", "io.kubernetes.", "").stream()
                .map(prefix -> "LABEL " + prefix + w + "=/etc:/host")).toList();
        engine.images().importRootfs(tar, "plain:1");
        engine.images().importRootfs(tar, "labels:1", changes.toArray(String[]::new));
        assertEquals(observe(engine.image("plain:1"), "caps", "+", "confinement", "+", "limits").values(), observe(engine.image("labels:1"), "caps", "+", "confinement", "+", "limits").values());
    }
}
