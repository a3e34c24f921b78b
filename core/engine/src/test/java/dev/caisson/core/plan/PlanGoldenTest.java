package dev.caisson.core.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.plan.PlanInput.NetworkNamespace;
import dev.caisson.core.plan.PlanInput.Node;
import dev.caisson.testkit.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole plans, to be read by people: each differs from {@code default} by what its name says. */
class PlanGoldenTest {
    private static final List<String> VOLATILE = List.of("/run", "/tmp", "/var/tmp", "/var/cache", "/var/lock");
    static final dev.caisson.UserNamespace.Mapped MAPS = (dev.caisson.UserNamespace.Mapped) dev.caisson.UserNamespace.map(100_000, 65_536);
    private static final Map<String, Supplier<Inputs>> CONTAINERS = new TreeMap<>(Map.ofEntries(
            Map.entry("default", Inputs::new),
            Map.entry("user", () -> new Inputs().user(1000)),
            Map.entry("user-no-new-privileges", () -> new Inputs().user(1000).noNewPrivileges()),
            Map.entry("no-new-privileges", () -> new Inputs().noNewPrivileges()),
            Map.entry("own-profile", () -> new Inputs().foreignFilter()),
            Map.entry("user-own-profile", () -> new Inputs().user(1000).foreignFilter()),
            Map.entry("user-own-profile-no-new-privileges", () -> new Inputs().user(1000).foreignFilter().noNewPrivileges()),
            Map.entry("privileged", () -> new Inputs().privileged()),
            Map.entry("read-only-volatile", () -> with(i -> {
                i.readOnly = true;
                i.writable = VOLATILE;
            })),
            Map.entry("read-only-strict", () -> with(i -> i.readOnly = true)),
            Map.entry("network-host", () -> with(i -> {
                i.network = NetworkNamespace.HOST;
                i.sysctls = Map.of();
            })),
            Map.entry("network-given", () -> with(i -> i.network = NetworkNamespace.GIVEN)),
            Map.entry("tty", () -> with(i -> i.tty = true)),
            Map.entry("init", () -> with(i -> i.init = PlanInput.Init.REAPER)),
            Map.entry("holder", () -> with(i -> i.init = PlanInput.Init.WAITING)),
            Map.entry("devices", () -> with(i -> i.devices = List.of(new Node("fuse", 0x21b6, 10, 229), new Node("net/tun", 0x2180, 10, 200)))),
            Map.entry("mounts", () -> with(i -> i.mounts = List.of(Inputs.bind("/home/me/src", "/src", false), Inputs.bind("/home/me/key", "/run/key", true),
                    Inputs.tmpfs("/scratch", "mode=1777", "size=64m")))),
            Map.entry("no-masks", () -> with(i -> {
                i.masked = List.of();
                i.readOnlyPaths = List.of();
            })),
            Map.entry("clock-and-score", () -> with(i -> {
                i.oomScoreAdj = -500;
                i.timeNamespace = true;
                i.bootTimeOffset = Duration.ofMillis(-1500);
                i.domainName = "example";
            })),
            Map.entry("users", () -> with(i -> {
                i.users = new PlanInput.Users(MAPS, true);
                i.cgroup = Inputs.limited();
            })),
            Map.entry("users-of-an-ordinary-user", () -> with(i -> {
                i.users = new PlanInput.Users(MAPS, false);
                i.cgroup = Inputs.limited();
            })),
            Map.entry("labels", () -> with(i -> i.privilege = i.privilege.with(Map.of("attr/apparmor/exec", "exec docker-default", "attr/exec", "u:r:t:s0")))),
            Map.entry("sandbox", () -> with(i -> {
                i.noNewPrivileges();
                i.privilege = i.privilege.with(true);
                i.users = new PlanInput.Users(MAPS, true);
            })),
            Map.entry("cgroup", () -> with(i -> i.cgroup = Inputs.limited()))));

    private static Inputs with(java.util.function.Consumer<Inputs> change) {
        Inputs inputs = new Inputs();
        change.accept(inputs);
        return inputs;
    }

    static Inputs input(String name) {
        return CONTAINERS.get(name).get();
    }

    static Set<String> names() {
        return CONTAINERS.keySet();
    }

    @ParameterizedTest
    @MethodSource("names")
    void container(String name) throws IOException {
        PlanCompiler.Compiled compiled = CONTAINERS.get(name).get().compile();
        assertEquals(compiled.plan().fds(), compiled.received().size());
        golden(name, "received " + compiled.received() + "\n" + compiled.plan());
    }

    @Test
    void ahead() throws IOException {
        PlanInput input = new Inputs().input();
        PlanCompiler.Compiled ahead = PlanCompiler.ahead(input);
        assertEquals(ahead.plan().fds(), ahead.received().size());
        golden("ahead", "received " + ahead.received() + "\n" + ahead.plan());
        PlanCompiler.Compiled rest = PlanCompiler.rest(ahead.plan(), input);
        golden("rest", "received " + rest.received() + "\n" + rest.plan());
    }

    @Test
    void inTwo() throws IOException {
        PlanInput input = with(i -> i.network = PlanInput.NetworkNamespace.GIVEN).input();
        PlanCompiler.Compiled early = PlanCompiler.early(input);
        assertEquals(early.plan().fds(), early.received().size());
        golden("early", "received " + early.received() + "\n" + early.plan());
        PlanCompiler.Compiled late = PlanCompiler.late(input);
        assertEquals(late.plan().fds(), late.received().size());
        golden("late", "received " + late.received() + "\n" + late.plan());
    }

    @Test
    void exec() throws IOException {
        golden("exec", exec(new Inputs()).toString());
    }

    @Test
    void execAsUser() throws IOException {
        golden("exec-user", exec(new Inputs().user(1000).noNewPrivileges()).toString());
    }

    @Test
    void execWithATerminal() throws IOException {
        golden("exec-tty", exec(with(i -> i.tty = true)).toString());
    }

    private static LaunchPlan exec(Inputs inputs) {
        return ExecCompiler.compile(new ExecInput(0x4E020000L, inputs.process(), 40 << 16 | 120, inputs.privilege, List.of(), List.of(), List.of()));
    }

    @Test
    void noGoldenIsLeftOver() throws IOException {
        Set<String> all = new TreeSet<>(names());
        all.addAll(List.of("ahead", "early", "exec", "exec-tty", "exec-user", "late", "rest"));
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/dev/caisson/core/plan"))) {
            assertEquals(all, files.map(f -> f.getFileName().toString().replace(".plan", "")).collect(Collectors.toCollection(TreeSet::new)));
        }
    }

    @Test
    void theDifferenceIsReadable() {
        assertEquals("  …\n  b\n  c\n- d\n+ D\n  e\n  f\n  …\n", Golden.difference(List.of("a", "b", "c", "d", "e", "f", "g", "h"),
                List.of("a", "b", "c", "D", "e", "f", "g", "h")));
        assertEquals("", Golden.difference(List.of(), List.of()));
    }

    private static void golden(String name, String plan) throws IOException {
        Golden.check(Path.of("src/test/resources/dev/caisson/core/plan", name + ".plan"), plan);
    }
}
