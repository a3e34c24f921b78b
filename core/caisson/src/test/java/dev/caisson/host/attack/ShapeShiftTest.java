package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerException;
import dev.caisson.Engine;
import dev.caisson.Execution;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.Canary;
import dev.caisson.testkit.rootfs.Observation;
import dev.caisson.testkit.rootfs.TinyRootfs;
import dev.caisson.testkit.shapes.ShapeShifter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Invariants 1 to 3 without races (the shape-shifting file system of the security reference, section 1): each start is made once for each lookup of a name, and at
 * that lookup the name changes from what the engine may use into a link to the host, a file, a FIFO. Rows 7, 8, 16, 26, 27, 28, 32, 33 and 34.
 */
class ShapeShiftTest extends EngineTest {
    private static final String OTHER = "other-shape";
    private Canary canary;

    @BeforeEach
    void plant() {
        canary = Canary.plant(directory.resolve("canary"));
        // The same path inside: a link to the canary that is resolved in the root leads to something, and the start goes on.
        root.file(canary.path() + "/secret", "of the container\n").file(canary.path() + "/sub/secret", "of the container\n").file(canary.path() + "/sub/deeper/x", "of the container\n");
    }

    @Override
    protected Engine.Builder settings(Engine.Builder usual) {
        return usual.spares(0); // each start looks by itself
    }

    /** What a name becomes. */
    private void other(String inside, String shape) {
        Path where = root.at(inside).resolveSibling(OTHER);
        try {
            switch (shape) {
                case "link" -> Files.createSymbolicLink(where, canary.path());
                case "link to a file" -> Files.createSymbolicLink(where, canary.path().resolve("secret"));
                case "link that climbs" -> Files.createSymbolicLink(where, Path.of("../../../../../../../../.." + canary.path()));
                case "link into proc" -> Files.createSymbolicLink(where, Path.of("/proc/self"));
                case "file" -> Files.writeString(where, "of another shape\n");
                case "directory" -> Files.createDirectories(where.resolve("x"));
                case "FIFO" -> assertEquals(0, new ProcessBuilder("mkfifo", where.toString()).start().waitFor());
                default -> throw new IllegalArgumentException(shape);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private ShapeShifter shifter(Path backing, String name) {
        return ShapeShifter.mount(backing, hostDirectory("shifter"), name, OTHER);
    }

    @ParameterizedTest
    @ValueSource(strings = {"link", "link that climbs", "link into proc", "file"})
    void aMountTargetBelowABoundDirectory(String shape) throws IOException {
        Path shared = hostDirectory("shared");
        Path payload = hostDirectory("payload");
        Files.createDirectories(shared.resolve("t"));
        if (shape.equals("file")) {
            Files.writeString(shared.resolve(OTHER), "x");
        } else {
            Files.createSymbolicLink(shared.resolve(OTHER), Path.of(shape.equals("link into proc") ? "/proc/self" : shape.equals("link") ? canary.path().toString() : "../../../../../.." + canary.path()));
        }
        Set<String> ends = new TreeSet<>();
        try (ShapeShifter shifter = shifter(shared, "t")) {
            int lookups = shifter.everywhere(() -> {
                for (String target : new String[] {"/s/t/x", "/s/t/made/deep/er"}) {
                    ends.add(outcome(() -> tiny().bind(shifter.path(), "/s").bind(payload, target), payload.getFileName().toString()));
                }
            });
            assertTrue(lookups >= 3, "it was looked up " + lookups + " times");
            assertThatANaiveEngineIsCaught(shifter);
        }
        canary.assertUntouched();
        ends.removeAll(Set.of("/s/t/x", "/s/t/made/deep/er", canary.path() + "/x", canary.path() + "/made/deep/er"));
        assertEquals(Set.of("refused"), ends);
    }

    /** Where in the container the payload came to lie. */
    private String outcome(Supplier<ContainerBuilder> container, String payload) {
        try {
            Observation seen = observe(container.get(), "mounts", "+", "readable", canary.path() + "/secret");
            return seen.below("mount.").values().stream().map(m -> m.split(" ")).filter(m -> m[3].endsWith("/" + payload)).map(m -> m[4]).collect(Collectors.joining(","));
        } catch (ContainerException e) {
            assertFalse(e.getMessage().contains(canary.secret()), e.getMessage());
            return "refused";
        }
    }

    /** The control: one that judges by a look and uses by another writes on the host. */
    private void assertThatANaiveEngineIsCaught(ShapeShifter shifter) throws IOException {
        Path bait = hostDirectory("bait");
        Path shared = hostDirectory("naive");
        Files.createDirectories(shared.resolve("t"));
        Files.createSymbolicLink(shared.resolve(OTHER), bait);
        try (ShapeShifter naive = ShapeShifter.mount(shared, hostDirectory("naive-view"), "t", OTHER)) {
            naive.everywhere(() -> {
                Path target = naive.path().resolve("t");
                try {
                    if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
                        Files.writeString(target.resolve("x"), "mount point");
                    }
                } catch (IOException gone) {
                    // it became a link to nothing, or a file
                }
            });
        }
        assertTrue(Files.exists(bait.resolve("x")), "who looks twice is led out");
    }

    @ParameterizedTest
    @CsvSource({"etc,link", "etc,link that climbs", "etc,link into proc", "etc,file", "proc,link", "proc,directory", "sys,link", "sys,directory", "dev,link", "dev,link into proc", "dev,directory",
        "tmp,link", "tmp,link into proc", "run,link into proc", "var,link", "passwd,link to a file", "passwd,FIFO", "passwd,directory", "group,link to a file", "group,FIFO", "hosts,link to a file", "hosts,FIFO", "hosts,directory",
        "resolv.conf,link to a file", "work,link", "work,link into proc", "work,file", "bin,link", "observer,link to a file"})
    void aNameOfTheRoot(String name, String shape) throws IOException {
        String inside = Set.of("passwd", "group", "hosts", "resolv.conf").contains(name) ? "/etc/" + name : name.equals("observer") ? TinyRootfs.OBSERVER : "/" + name;
        root.file("etc/hosts", "").file("etc/resolv.conf", "").directory("work", "rwxr-xr-x").directory("work/down", "rwxr-xr-x").directory("dev/shm", "rwxr-xr-x");
        other(inside, shape);
        int lookups = 0;
        try (ShapeShifter shifter = shifter(root.path(), name)) {
            List<Supplier<ContainerBuilder>> kinds = List.of(() -> root(shifter, true), () -> root(shifter, false), () -> root(shifter, true).readOnly());
            for (Supplier<ContainerBuilder> kind : kinds) {
                shifter.still();
                Set<String> mounts = targets(observe(kind.get(), "mounts"));
                assertTrue(mounts.contains("/proc") && mounts.contains("/dev/shm"), mounts::toString);
                lookups += shifter.everywhere(() -> attempt(kind.get(), mounts, inside));
            }
            assertTrue(lookups >= 1, "it was looked up " + lookups + " times");
        }
        canary.assertUntouched();
    }

    private ContainerBuilder root(ShapeShifter shifter, boolean writable) {
        // The root itself, and as the lower layer of an overlay.
        ContainerBuilder container = writable ? engine.rootfs(shifter.path()).writable() : engine.rootfs(shifter.path());
        return container.user("app").workdir("/work/down").tmpfs("/var/made/here");
    }

    /** It may be refused; when it starts, every mount is where it belongs, or where a link of the root leads inside. */
    private void attempt(ContainerBuilder container, Set<String> mounts, String inside) {
        Observation seen;
        try {
            Execution run = container.command(observer("mounts", "+", "ids", "+", "readable", canary.path() + "/secret", "/secret", "/etc/secret", "/work/secret", "+", "cwd")).execute();
            if (run.exitCode() != 0) {
                return; // the program itself met the other shape
            }
            seen = Observation.parse(run.stdout());
        } catch (ContainerException refused) {
            assertFalse(refused.getMessage().contains(canary.secret()), refused::getMessage);
            return;
        }
        assertEquals(1000, seen.integer("uid"), "no other passwd than the container's own, which names app in one shape only");
        assertTrue(seen.get("cwd").startsWith("/"), () -> seen.get("cwd"));
        Set<String> places = targets(seen);
        for (String place : places) {
            String meant = place.startsWith(canary.path().toString()) ? inside + place.substring(canary.path().toString().length()) : place;
            assertTrue(mounts.contains(place) || mounts.contains(meant) || mounts.contains(inside), () -> place + " is no place for a mount: " + places);
        }
        for (String line : seen.below("mount.").values()) {
            String[] m = line.split(" ");
            assertTrue(!line.contains(" - proc ") || m[3].equals("/") || m[4].endsWith(m[3]) && m[5].startsWith("ro"), line);
        }
        for (String kernels : new String[] {"proc", "sysfs"}) {
            seen.below("mount.").values().stream().filter(m -> m.contains(" - " + kernels + " ") && m.split(" ")[3].equals("/")).map(m -> m.split(" ")[4]).forEach(place -> {
                String usual = kernels.equals("proc") ? "/proc" : "/sys";
                Set<String> bare = mounts.stream().filter(m -> m.startsWith(usual + "/")).map(m -> place + m.substring(usual.length())).filter(m -> !m.contains("/cgroup") && !places.contains(m))
                        .collect(Collectors.toCollection(TreeSet::new));
                assertEquals(Set.of(), bare, () -> kernels + " at " + place + " is not masked: " + String.join("\n", seen.below("mount.").values()));
            });
        }
    }

    private static Set<String> targets(Observation seen) {
        return seen.below("mount.").values().stream().map(m -> m.split(" ")[4]).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void anExecLooksOnce() throws IOException {
        root.directory("work", "rwxr-xr-x");
        Files.writeString(canary.path().resolve("passwd"), "app:x:4242:4242::/:/bin/sh\n");
        Canary again = Canary.of(canary.path());
        Files.createSymbolicLink(root.at(OTHER), canary.path());
        for (String name : new String[] {"etc", "work"}) {
            try (ShapeShifter shifter = shifter(root.path(), name)) {
                shifter.still();
                try (Container container = engine.rootfs(shifter.path()).writable().command(observer("sleep", "600")).run()) {
                    int lookups = shifter.everywhere(() -> {
                        try {
                            Execution run = container.exec(observer("ids", "+", "readable", "secret")).user("app").workdir("/work").run();
                            assertFalse(run.stdout().contains("4242"), run::stdout);
                        } catch (ContainerException refused) {
                            assertFalse(refused.getMessage().contains(canary.secret()), refused::getMessage);
                        }
                    });
                    assertTrue(lookups >= 1, name + " was looked up " + lookups + " times");
                }
            }
        }
        again.assertUntouched();
    }
}
