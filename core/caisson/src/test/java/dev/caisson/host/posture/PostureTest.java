package dev.caisson.host.posture;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Execution;
import dev.caisson.UserNamespace;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.Golden;
import dev.caisson.testkit.rootfs.Observation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Row 25: credentials, capabilities, filters, namespaces, limits, descriptors, environment and mounts of each kind of container are what is written down. */
class PostureTest extends EngineTest {
    private static final Path GOLDEN = Path.of("src/test/resources/dev/caisson/host/posture");

    static Stream<Arguments> kinds() {
        return Stream.of(
                kind("default", b -> b),
                kind("user", b -> b.user("app")),
                kind("read-only", ContainerBuilder::readOnly),
                kind("no-new-privileges", ContainerBuilder::noNewPrivileges),
                kind("privileged", ContainerBuilder::privileged),
                kind("network-host", ContainerBuilder::networkHost),
                kind("tty", ContainerBuilder::tty),
                kind("init", ContainerBuilder::init),
                kind("user-namespace", b -> b.userns(UserNamespace.auto())),
                kind("sandbox", ContainerBuilder::sandbox));
    }

    private static Arguments kind(String name, UnaryOperator<ContainerBuilder> options) {
        return Arguments.of(name, options);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void itIsWhatIsWrittenDown(String name, UnaryOperator<ContainerBuilder> options) throws IOException {
        check(name, options.apply(tiny()).command(observer(Posture.COMMANDS)).execute());
    }

    @Test
    void anExecIsWhatIsWrittenDown() throws IOException {
        try (Container container = tiny().command("/bin/sleep", "60").run()) {
            check("exec", container.exec(observer(Posture.COMMANDS)).run());
            check("exec-user", container.exec(observer(Posture.COMMANDS)).user("app").run());
            check("exec-privileged", container.exec(observer(Posture.COMMANDS)).privileged().run());
        }
        try (Container container = tiny().sandbox().command("/bin/sleep", "60").run()) {
            check("exec-sandbox", container.exec(observer(Posture.COMMANDS)).run());
        }
    }

    /** The control: the observer on the host is none of these. */
    @Test
    void theHostIsAnother() {
        Observation host = observeHost(Posture.COMMANDS);
        assertFalse(Posture.of(host, host, "none").lines().contains("ns.pid its own"));
    }

    private void check(String name, Execution execution) throws IOException {
        assertFalse(execution.exitCode() != 0, execution::toString);
        Observation seen = Observation.parse(execution.stdout().replace("\r\n", "\n"));
        String id = seen.values().getOrDefault("env.HOSTNAME", "none");
        Golden.check(GOLDEN.resolve(name + ".posture"), Posture.of(seen, observeHost(Posture.COMMANDS), id).toString());
    }
}
