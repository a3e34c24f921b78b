package dev.caisson.host.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.Engine;
import dev.caisson.InvalidSpec;
import dev.caisson.LaunchFailed;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.RequiresTool;
import dev.caisson.testkit.crash.ScenarioProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code linux.cgroupsPath}: the container is there, as under crun; what was there before stays, and nothing else does, whoever dies. */
class CgroupsPathTest extends EngineTest {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

    private final String top = "caissontest" + ProcessHandle.current().pid();
    @BeforeEach
    void furnish() {
        root.withShell();
    }

    private Path bundle(String name, String path, String... args) throws IOException {
        Path bundle = directory.resolve(name);
        engine.toBundle(tiny().networkNone().pids(77).memory("64m").command(args).spec(), bundle);
        ObjectNode config = Crun.read(bundle);
        ((ObjectNode) config.get("linux")).put("cgroupsPath", path);
        Crun.write(bundle, config);
        return bundle;
    }

    private static List<Path> hierarchies() {
        List<Path> all = new ArrayList<>();
        if (Files.exists(CGROUPS.resolve("cgroup.procs"))) {
            return List.of(CGROUPS);
        }
        try (Stream<Path> below = Files.list(CGROUPS)) {
            below.filter(p -> !Files.isSymbolicLink(p) && Files.exists(p.resolve("cgroup.procs"))).forEach(all::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    /** Where there is something of this test, in any hierarchy. */
    private List<Path> found() {
        String changing = "";
        for (int attempt = 0; attempt < 50; attempt++) { // others' cgroups come and go, too, while it looks
            List<Path> found = new ArrayList<>();
            try {
                for (Path h : hierarchies()) {
                    try (Stream<Path> all = Files.find(h, 12, (p, a) -> a.isDirectory() && p.getFileName().toString().startsWith(top))) {
                        all.forEach(found::add);
                    }
                }
                return found;
            } catch (IOException | UncheckedIOException e) {
                changing = "changing: " + e.getMessage();
                pause(20);
            }
        }
        return List.of(Path.of(changing));
    }

    private void nothingLeft() {
        eventually(() -> "nothing is left, is " + found(), PATIENCE, () -> found().isEmpty());
    }

    private static String procs(Path cgroup) throws IOException {
        return Files.readString(cgroup.resolve("cgroup.procs"));
    }

    @Test
    void itIsThereInEachHierarchyWithItsLimits() throws IOException {
        Path bundle = bundle("b", "/" + top + "/group/one", "/bin/sleep", "60");
        try (Container container = engine.bundle(bundle).run()) {
            for (Path h : hierarchies()) {
                assertTrue(procs(h.resolve(top + "/group/one")).lines().anyMatch(Integer.toString(container.pid())::equals), h::toString);
            }
            boolean v1 = Files.exists(CGROUPS.resolve("pids"));
            Path place = Path.of(top, "group/one");
            assertEquals("77", Files.readString((v1 ? CGROUPS.resolve("pids") : CGROUPS).resolve(place).resolve("pids.max")).strip());
            container.update(u -> u.pids(55));
            assertEquals("55", Files.readString((v1 ? CGROUPS.resolve("pids") : CGROUPS).resolve(place).resolve("pids.max")).strip());
            assertEquals(64 << 20, container.usage().memoryLimitBytes());
            assertEquals(0, container.exec("/bin/observer", "true").run().exitCode());
            container.pause();
            container.resume();
            assertEquals(List.of("sleep"), container.top().stream().map(p -> p.command().replaceAll(" .*|.*/(?=sleep)", "")).toList());
            container.restart();
            assertTrue(procs(hierarchies().get(0).resolve(top + "/group/one")).contains(Integer.toString(container.pid())));
        }
        nothingLeft();
    }

    /** Relative, it is below the parent of the engine's own: another engine finds the same place. */
    @Test
    void aRelativeOneIsBesideTheEngines() throws IOException {
        Path bundle = bundle("b", top + "/one", "/bin/sleep", "60");
        try (Container container = engine.bundle(bundle).run()) {
            for (Path h : hierarchies()) {
                Path place = found().stream().filter(p -> p.startsWith(h) && p.endsWith(top)).findFirst().orElseThrow();
                assertTrue(procs(place.resolve("one")).contains(Integer.toString(container.pid())), place::toString);
                try (Stream<Path> beside = Files.list(place.getParent())) {
                    assertTrue(beside.anyMatch(p -> p.getFileName().toString().startsWith("caisson-")), place::toString);
                }
            }
        }
        nothingLeft();
    }

    /** What crun's program sees of itself without a cgroup namespace is what ours sees. */
    @Test
    @RequiresTool("crun")
    void whereCrunPutsIt() throws IOException {
        Path bundle = bundle("b", "/" + top + "/crun/one", "/bin/busybox", "cat", "/proc/self/cgroup");
        ObjectNode config = Crun.read(bundle);
        ArrayNode namespaces = (ArrayNode) config.get("linux").get("namespaces");
        for (int i = namespaces.size() - 1; i >= 0; i--) {
            if (namespaces.get(i).get("type").asText().equals("cgroup")) {
                namespaces.remove(i);
            }
        }
        Crun.write(bundle, config);
        String ours = engine.bundle(bundle).execute().stdout();
        nothingLeft();
        try {
            String theirs = new Crun(directory.resolve("crun")).runWithCgroups(bundle, "c", directory.resolve("v1"));
            List<String> places = theirs.lines().filter(l -> l.endsWith("/" + top + "/crun/one")).toList();
            assertTrue(places.size() >= 7 || Files.exists(CGROUPS.resolve("cgroup.controllers")) && !places.isEmpty(), theirs);
            places.forEach(line -> assertTrue(ours.lines().anyMatch(line::equals), line + " is not in " + ours));
        } finally { // crun leaves what leads there
            found().stream().sorted(java.util.Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
            found().stream().sorted(java.util.Comparator.comparing((Path p) -> p.resolve("crun"))).forEach(p -> {
                p.resolve("crun").toFile().delete();
                p.toFile().delete();
            });
        }
        nothingLeft();
    }

    @Test
    void whatWasThereStays() throws IOException {
        Path bundle = bundle("b", "/" + top + "/mine", "/bin/sleep", "60");
        List<Path> others = new ArrayList<>();
        try {
            for (Path h : hierarchies()) {
                others.add(Files.createDirectory(h.resolve(top)));
            }
            engine.bundle(bundle).run().close();
            eventually(() -> "ours is removed: " + found(), PATIENCE, () -> others.stream().noneMatch(o -> Files.exists(o.resolve("mine"))));
            others.forEach(o -> assertTrue(Files.exists(o), o::toString));
            Path taken = Files.createDirectory(others.get(others.size() - 1).resolve("mine")); // in the last of them: the others are made before, and undone
            others.add(taken);
            LaunchFailed refused = assertThrows(LaunchFailed.class, () -> engine.bundle(bundle).run());
            assertTrue(refused.getMessage().contains("cgroupsPath") && refused.getMessage().contains("EEXIST"), refused.getMessage());
            assertTrue(Files.exists(taken), "not ours to remove");
            eventually(() -> "what was made before the refusal is removed: " + found(), PATIENCE, () -> others.stream().filter(o -> !o.equals(taken) && !o.equals(taken.getParent())).noneMatch(o -> Files.exists(o.resolve("mine"))));
        } finally {
            for (int i = others.size() - 1; i >= 0; i--) {
                Files.deleteIfExists(others.get(i));
            }
        }
    }

    /** It runs by the time that its cgroups are written down; where they cannot be, it does not stay. */
    @Test
    void whatCannotBeWrittenDownIsEnded() throws IOException {
        Path bundle = bundle("b", "/" + top + "/group/one", "/bin/sleep", "60");
        Path hook = Files.writeString(directory.resolve("hook"), "#!/bin/sh\nfor c in " + directory.resolve("engine/engines") + "/*/containers/*; do /bin/mkdir $c/cgroups; done\n");
        assertTrue(hook.toFile().setExecutable(true));
        ObjectNode config = Crun.read(bundle);
        config.withObject("/hooks").withArray("createRuntime").addObject().put("path", hook.toString());
        Crun.write(bundle, config);
        ContainerException said = assertThrows(ContainerException.class, () -> engine.bundle(bundle).run());
        assertTrue(said.getMessage().contains("EISDIR"), said.getMessage());
        assertEquals(List.of(), found(), "its process and all that was made for it are gone when it is said");
        assertEquals(List.of(), engine.containers());
    }

    /** The same of a later start: who is told that it failed does not find it running. */
    @Test
    void whatCannotBeWrittenDownIsNotStartedAgain() throws IOException {
        try (Container container = engine.bundle(bundle("b", "/" + top + "/group/one", "/bin/sleep", "60")).run()) {
            Path written;
            try (Stream<Path> all = Files.walk(directory.resolve("engine/engines"))) {
                written = all.filter(p -> p.endsWith(container.id() + "/cgroups")).findFirst().orElseThrow();
            }
            Files.delete(written);
            Files.createDirectory(written);
            String said = assertThrows(ContainerException.class, container::restart).getMessage();
            assertTrue(said.contains("EISDIR"), said);
            eventually(() -> "it does not run: " + container, Duration.ofSeconds(10), () -> container.state() == Container.State.EXITED);
        }
        nothingLeft();
    }

    /** Who leaves last removes what leads there, whoever made it. */
    @Test
    void twoThatShareAGroup() throws IOException {
        Path one = bundle("one", "/" + top + "/group/one", "/bin/sleep", "60");
        Path two = bundle("two", "/" + top + "/group/two", "/bin/sleep", "60");
        for (int first = 0; first < 2; first++) {
            List<Container> both = List.of(engine.bundle(one).run(), engine.bundle(two).run());
            both.get(first).close();
            Path group = hierarchies().get(0).resolve(top + "/group");
            eventually("one is removed", PATIENCE, () -> group.toFile().list((d, n) -> n.equals("one") || n.equals("two")).length == 1);
            assertEquals(Container.State.RUNNING, both.get(1 - first).state());
            both.get(1 - first).close();
            nothingLeft();
        }
    }

    @Test
    void aKilledJvmLeavesNone() throws IOException {
        Path one = bundle("one", "/" + top + "/group/one", "/bin/sleep", "60");
        Path two = bundle("two", top + "/two", "/bin/sleep", "60");
        Path three = bundle("three", "/" + top + "/group/three", "/bin/sleep", "60");
        String[] operands = {directory.resolve("k/engine").toString(), directory.resolve("k/run").toString(), one.toString(), two.toString(), three.toString()};
        try (ScenarioProcess jvm = ScenarioProcess.start(CgroupsScenario.class, operands)) {
            jvm.awaitMark("running", PATIENCE);
            assertFalse(found().isEmpty());
            jvm.jvm().destroyForcibly();
            jvm.waitFor(PATIENCE);
        }
        nothingLeft();
    }

    /** JVM and guard at once: the next engine removes what is theirs, and not what somebody made in its place. */
    @Test
    void theNextEngineSweepsWhatBothLeft() throws IOException {
        Path one = bundle("one", "/" + top + "/group/one", "/bin/sleep", "60");
        Path home = directory.resolve("k");
        try (ScenarioProcess jvm = ScenarioProcess.start(CgroupsScenario.class, home.resolve("engine").toString(), home.resolve("run").toString(), one.toString())) {
            jvm.awaitMark("running", PATIENCE);
            ProcessHandle guard = jvm.jvm().children().filter(c -> c.info().command().orElse("").startsWith("/memfd:caisson-guard")).findFirst().orElseThrow();
            dev.caisson.linux.Processes.kill((int) jvm.jvm().pid(), 19); // it is to do nothing meanwhile
            guard.destroyForcibly();
            jvm.jvm().destroyForcibly();
            jvm.waitFor(PATIENCE);
        }
        Path place = hierarchies().get(0).resolve(top + "/group/one");
        eventually("its processes are dead", PATIENCE, () -> {
            try {
                return procs(place).isEmpty();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        try (Stream<Path> below = Files.list(place)) {
            for (Path each : below.filter(Files::isDirectory).toList()) {
                Files.delete(each);
            }
        }
        eventually("it can be removed", PATIENCE, () -> place.toFile().delete());
        Files.createDirectory(place); // a stranger's
        try {
            Engine.builder().root(home.resolve("engine")).runDirectory(home.resolve("run")).build().close();
            assertTrue(Files.exists(place), "somebody else's by now");
            eventually(() -> "all others are swept, and what leads to that is busy: " + found(), PATIENCE, () -> found().equals(List.of(place.getParent().getParent())));
        } finally {
            Files.deleteIfExists(place);
            Files.deleteIfExists(place.getParent());
            Files.deleteIfExists(place.getParent().getParent());
        }
    }

    /** The guard alone: the engine does what it would have done, whichever of two comes first. */
    @Test
    void aKilledGuardLeavesNone() throws IOException {
        Path one = bundle("one", "/" + top + "/group/one", "/bin/sleep", "60");
        Path two = bundle("two", "/" + top + "/group/two", "/bin/sleep", "60");
        for (Path first : List.of(one, two)) {
            try (Container a = engine.bundle(first).run(); Container b = engine.bundle(first == one ? two : one).run()) {
                ProcessHandle.current().children().filter(c -> c.info().command().orElse("").startsWith("/memfd:caisson-guard")).forEach(ProcessHandle::destroyForcibly);
                nothingLeft();
                eventually("both have ended: " + a + b, PATIENCE, () -> a.state() == Container.State.EXITED && b.state() == Container.State.EXITED);
            }
        }
    }

    @Test
    void aDetachedOneIsTakenOverWithItsPlace() throws IOException {
        Path bundle = bundle("b", "/" + top + "/group/one", "/bin/sleep", "60");
        Path home = directory.resolve("k");
        for (int i = 0; i < 2; i++) {
            try (Engine each = Engine.builder().root(home.resolve("engine")).runDirectory(home.resolve("run")).build()) {
                Container container = i == 0 ? each.bundle(bundle).detached().run() : each.containers().get(0);
                container.pause();
                container.resume();
                assertEquals(0, container.exec("/bin/observer", "true").run().exitCode());
                assertTrue(container.usage().pids() > 0);
                assertTrue(procs(hierarchies().get(0).resolve(top + "/group/one")).contains(Integer.toString(container.pid())));
                if (i == 1) {
                    container.remove();
                    eventually("its engine is swept", PATIENCE, () -> home.resolve("engine/engines").toFile().list().length == 1);
                }
            }
        }
        nothingLeft();
    }

    @Test
    void anEngineWithAParentOfItsOwnStaysBelowIt() throws IOException {
        Path bundle = bundle("b", "/" + top + "elsewhere/one", "/bin/sleep", "60");
        Path relative = bundle("r", "in/one", "/bin/sleep", "60");
        Path absolute = bundle("a", "/" + top + "/parent/two", "/bin/sleep", "60");
        try (Engine kept = Engine.builder().root(directory.resolve("k/engine")).runDirectory(directory.resolve("k/run")).cgroupParent(top + "/parent").build()) {
            String said = assertThrows(InvalidSpec.class, () -> kept.bundle(bundle).run()).getMessage();
            assertTrue(said.contains("cgroupParent") && said.contains(top + "elsewhere"), said);
            try (Container one = kept.bundle(relative).run(); Container two = kept.bundle(absolute).run()) {
                Path parent = hierarchies().get(0).resolve(top + "/parent");
                assertTrue(procs(parent.resolve("in/one")).contains(Integer.toString(one.pid())));
                assertTrue(procs(parent.resolve("two")).contains(Integer.toString(two.pid())));
            }
        }
        nothingLeft();
    }
}
