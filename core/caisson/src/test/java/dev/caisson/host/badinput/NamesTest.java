package dev.caisson.host.badinput;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerException;
import dev.caisson.Engine;
import dev.caisson.ImageProblem;
import dev.caisson.InvalidSpec;
import dev.caisson.LoggingProblem;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of containers, drivers, networks, images; and NUL in every text. Row 10. */
class NamesTest extends BadInputTest {
    @ParameterizedTest
    @ValueSource(strings = {"../x", "a/b", "-a", ".a", "a b", "a\n", "ä", "a\0", "."})
    void namesOfContainersAreNoPaths(String name) {
        refused(InvalidSpec.class, () -> tiny().name(name).command(observer("true")).execute(), "name(");
    }

    @Test
    void aNameIsGivenOnce() {
        try (Container first = tiny().name("web").command(observer("sleep", "60")).run()) {
            mendable(InvalidSpec.class, () -> tiny().name("web").command(observer("true")).run(), "name(\"web\")", first.id());
        }
        tiny().name("web").command(observer("true")).run().close();
    }

    @Test
    void driversThatAreUnknownAreAnsweredWithTheNearest() {
        mendable(ContainerException.class, () -> tiny().logDriver("json-fiel", Map.of()).command(observer("true")).execute(), "json-fiel", "json-file");
        mendable(ContainerException.class, () -> tiny().logDriver("json-file", Map.of("max-sise", "1m")).command(observer("true")).execute(), "max-sise", "max-size");
        mendable(ContainerException.class, () -> tiny().logDriver("none", Map.of("max-size", "1m")).command(observer("true")).execute(), "max-size");
        mendable(ContainerException.class, () -> tiny().network("hosst").command(observer("true")).execute(), "hosst", "host");
        refused(ContainerException.class, () -> tiny().logDriver("json-file", Map.of("max-size", "much")).command(observer("true")).execute(), "much");
        ContainerException e = Assertions.assertThrows(ContainerException.class, () -> {
            try (Engine other = Engine.builder().root(directory.resolve("other")).runDirectory(directory.resolve("otherrun")).storageDriver("overlai2").build()) {
                other.images().importRootfs(root.tar(directory.resolve("root.tar")), "x");
            }
        });
        assertTrue(e.getMessage().contains("overlai2") && e.getMessage().contains("overlay2"), e.getMessage());
    }

    @Test
    void imagesThatAreUnknown() {
        mendable(ImageProblem.class, () -> engine.image("no/such:image").command(observer("true")).execute(), "no/such:image");
        refused(ContainerException.class, () -> engine.image("UPPER CASE").command(observer("true")).execute(), "UPPER CASE");
        refused(ContainerException.class, () -> engine.image("").command(observer("true")).execute());
        refused(ImageProblem.class, () -> engine.images().remove("no-such-image"), "no-such-image");
        refused(ImageProblem.class, () -> engine.images().tag("no-such-image", "other"), "no-such-image");
    }

    @Test
    void aNulIsRefusedInEveryText() {
        String bad = "a\0b";
        Map<String, UnaryOperator<ContainerBuilder>> all = new LinkedHashMap<>();
        all.put("command", b -> b.command(bad));
        all.put("argument", b -> b.command("/bin/true", bad));
        all.put("entrypoint", b -> b.entrypoint(bad));
        all.put("env name", b -> b.env(bad, ""));
        all.put("env value", b -> b.env("A", bad));
        all.put("workdir", b -> b.workdir("/" + bad));
        all.put("user", b -> b.user(bad));
        all.put("group", b -> b.group(bad));
        all.put("name", b -> b.name(bad));
        all.put("label key", b -> b.label(bad, ""));
        all.put("label value", b -> b.label("k", bad));
        all.put("tmpfs target", b -> b.tmpfs("/" + bad));
        all.put("tmpfs option", b -> b.tmpfs("/x:size=" + bad));
        all.put("bind", b -> b.bind(directory, "/" + bad));
        all.put("shm", b -> b.shm(bad));
        all.put("device", b -> b.device("/dev/" + bad));
        all.put("device target", b -> b.device("/dev/null", "/dev/" + bad, "r"));
        all.put("deviceRule", b -> b.deviceRule(bad));
        all.put("hostname", b -> b.hostname(bad));
        all.put("domainName", b -> b.domainName(bad));
        all.put("addHost", b -> b.addHost(bad, "10.0.0.1"));
        all.put("addHost address", b -> b.addHost("a", bad));
        all.put("dns", b -> b.dns(bad));
        all.put("dnsSearch", b -> b.dnsSearch(bad));
        all.put("dnsOption", b -> b.dnsOption(bad));
        all.put("network", b -> b.network(bad));
        all.put("sysctl", b -> b.sysctl("kernel.msgmax" + bad, "1"));
        all.put("sysctl value", b -> b.sysctl("kernel.msgmax", bad));
        all.put("memory", b -> b.memory(bad));
        all.put("cpuset", b -> b.cpuset(bad));
        all.put("cpusetMems", b -> b.cpusetMems(bad));
        all.put("log driver", b -> b.logDriver(bad, Map.of()));
        all.put("log option", b -> b.logDriver("json-file", Map.of(bad, "x")));
        all.forEach((what, change) -> {
            ContainerException e = Assertions.assertThrows(ContainerException.class, () -> change.apply(tiny().command(observer("true"))).execute(), what);
            assertTrue(e instanceof InvalidSpec || e instanceof LoggingProblem, () -> what + ": " + e);
        });
        try (Container container = tiny().command(observer("sleep", "60")).run()) {
            Assertions.assertThrows(InvalidSpec.class, () -> container.exec(bad).run());
            Assertions.assertThrows(InvalidSpec.class, () -> container.exec("/bin/true", bad).run());
            Assertions.assertThrows(InvalidSpec.class, () -> container.exec("/bin/true").env("A", bad).run());
            Assertions.assertThrows(InvalidSpec.class, () -> container.exec("/bin/true").env("A=B", "c").run());
            Assertions.assertThrows(InvalidSpec.class, () -> container.exec("/bin/true").user(bad).run());
            Assertions.assertThrows(InvalidSpec.class, () -> container.exec("/bin/true").workdir("/" + bad).run());
            Assertions.assertThrows(InvalidSpec.class, () -> container.exec("/bin/true").workdir("relative").run());
            assertEquals(0, container.exec("/bin/true").run().exitCode(), "the control");
        }
    }

    @Test
    void aClosedEngineSaysSo() {
        Engine other = Engine.builder().root(directory.resolve("other")).runDirectory(directory.resolve("otherrun")).build();
        other.close();
        other.close();
        mendable(dev.caisson.EngineProblem.class, () -> other.rootfs(root.path()).command(observer("true")).execute(), "closed");
        mendable(dev.caisson.EngineProblem.class, () -> other.images().importRootfs(root.tar(directory.resolve("late.tar")), "late"), "closed");
    }
}
