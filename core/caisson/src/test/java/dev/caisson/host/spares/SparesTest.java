package dev.caisson.host.spares;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerTimeout;
import dev.caisson.Engine;
import dev.caisson.Execution;
import dev.caisson.LaunchFailed;
import dev.caisson.Rlimit;
import dev.caisson.Stage;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A container from a spare is the container that was asked for: no more of the last one's, no less of its own. */
@Timeout(180)
class SparesTest extends EngineTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    /** Its root file system was there already. */
    private static boolean spared(Execution execution) {
        return execution.timings().get(Stage.ROOTFS).isZero();
    }

    /** Starts it until it comes from a spare: the second start of a kind makes the first one. */
    private static Execution fromSpare(ContainerBuilder container) {
        for (int i = 0; i < 200; i++) {
            Execution execution = container.execute();
            if (spared(execution)) {
                return execution;
            }
            pause(20);
        }
        throw new AssertionError("never from a spare");
    }

    static Stream<Kind> kinds() {
        return Stream.of(
                new Kind("default", b -> b),
                new Kind("user", b -> b.user("app")),
                new Kind("user and group", b -> b.user("1000:2000").group("27")),
                new Kind("read-only", ContainerBuilder::readOnly),
                new Kind("no new privileges", ContainerBuilder::noNewPrivileges),
                new Kind("no capabilities", b -> b.capDrop(dev.caisson.Capability.ALL).user("1000")),
                new Kind("more capabilities", b -> b.capAdd(dev.caisson.Capability.SYS_ADMIN)),
                new Kind("unconfined", ContainerBuilder::seccompUnconfined),
                new Kind("privileged", ContainerBuilder::privileged),
                new Kind("host network", ContainerBuilder::networkHost),
                new Kind("bridge", b -> b.port(80)),
                new Kind("limits", b -> b.memory("64m").pids(30).cpus(0.5).ulimit(Rlimit.NOFILE, 100, 200)),
                new Kind("users", b -> b.userns(dev.caisson.UserNamespace.map(3_000_000, 65_536))),
                new Kind("sandbox", ContainerBuilder::sandbox),
                new Kind("init", ContainerBuilder::init),
                new Kind("workdir", b -> b.workdir("/made/up")),
                new Kind("clock", b -> b.oomScoreAdj(300).hostname("box").sysctl("net.ipv4.ip_forward", "1").tmpfs("/scratch:size=1m")));
    }

    record Kind(String name, UnaryOperator<ContainerBuilder> change) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** Everything the observer sees of itself is what it sees in a container that was made at once. */
    @ParameterizedTest
    @MethodSource("kinds")
    void nobodySeesTheDifference(Kind kind) throws IOException {
        String[] looks = observer("ids", "+", "caps", "+", "confinement", "+", "namespaces", "+", "limits", "+", "env", "+", "args", "a", "+", "cwd", "+", "fds", "+",
                "host", "+", "mounts", "+", "syscalls", "+", "stat", "/dev/null", "/dev/pts", "/proc/self/exe");
        UnaryOperator<ContainerBuilder> container = b -> kind.change().apply(b).env("A", "b").command(looks);
        Execution spare = fromSpare(container.apply(tiny()));
        try (Engine without = Engine.builder().root(directory.resolve("without")).runDirectory(directory.resolve("run-without")).spares(0).build()) {
            Execution plain = container.apply(without.rootfs(root.path())).execute();
            assertFalse(spared(plain));
            assertEquals(normal(plain), normal(spare));
        }
    }

    /** Without what differs between any two containers: ids, inodes, device numbers, times. */
    private static String normal(Execution execution) {
        assertEquals(0, execution.exitCode(), execution.stdout() + execution.stderr());
        StringBuilder text = new StringBuilder();
        new TreeMap<>(Observation.parse(execution.stdout()).values()).forEach((key, value) -> text.append(key).append('=').append(value
                .replaceAll("[0-9a-f]{64}", "ID").replaceAll("\\b[0-9a-f]{12}\\b", "SHORT").replaceAll("\\[\\d+]", "[INODE]")
                .replaceAll("/var/tmp/caisson-test-\\d+/(engine|without)/engines", "/ENGINES").replaceAll("run(-without)?/engines", "run/engines")
                .replaceAll("\\b\\d+:\\d+ / ", "DEV / ").replaceAll("dev=\\S+|mtime=\\S+", "").replaceAll("(char|fifo) \\S+", "$1")
                .replaceAll("/proc/self/fd/\\d+", "LAYER").replaceAll("\\b(uid|gid)=\\d{6,}", "$1=MAPPED")
                .replaceFirst(key.startsWith("mount.") ? "^\\d+ \\d+ \\S+ " : "$^", "")
                .replaceFirst(key.endsWith(".inode") ? ".*" : "$^", "INODE")).append('\n'));
        return text.toString();
    }

    @Test
    void everyOneIsAFreshOne() {
        fromSpare(tiny().command("/bin/true"));
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String text = "text " + i;
            Execution execution = tiny().env("NUMBER", text).user(i % 2 == 0 ? "0" : "app").stdin(text)
                    .command(observer("cat", "+", "env", "+", "host", "+", "stat", "/tmp/mine", "+", "write", "/tmp/mine", text, "+", "ids")).execute();
            assertEquals(0, execution.exitCode(), execution.stdout());
            assertTrue(execution.stdout().startsWith(text), execution.stdout());
            Observation seen = Observation.parse(execution.stdout().substring(text.length()));
            assertEquals(text, seen.get("env.NUMBER"));
            assertEquals(i % 2 == 0 ? 0 : 1000, seen.integer("uid"));
            names.add(seen.get("hostname"));
            assertEquals("ENOENT", seen.get("/tmp/mine"), "a file of the last container's");
        }
        assertEquals(names.size(), Set.copyOf(names).size(), "host names are the containers' own: " + names);
    }

    @Test
    void failuresAreToldAsEver() {
        fromSpare(tiny().command("/bin/true"));
        pause(300);
        LaunchFailed missing = assertThrows(LaunchFailed.class, () -> tiny().command("/no/such").execute());
        assertEquals(127, missing.exitCode());
        fromSpare(tiny().command("/bin/true"));
        pause(300);
        LaunchFailed denied = assertThrows(LaunchFailed.class, () -> tiny().command("/etc/passwd").run());
        assertEquals(126, denied.exitCode());
        fromSpare(tiny().command("/bin/true"));
        pause(300);
        assertThrows(ContainerTimeout.class, () -> tiny().timeout(Duration.ofMillis(200)).command("/bin/sleep", "60").execute());
        assertEquals(7, fromSpare(tiny().command(observer("exit", "7"))).exitCode());
    }

    @Test
    void aRunningOneIsAWholeContainer() {
        fromSpare(tiny().command("/bin/true"));
        pause(300);
        try (Container container = tiny().name("whole").stopTimeout(Duration.ZERO).command("/bin/sleep", "60").run()) {
            assertEquals("whole", container.name());
            assertNotEquals(0, container.pid());
            assertEquals("inside\n", container.exec(TinyRootfs.OBSERVER, "echo", "inside").run().stdout());
            container.pause();
            container.resume();
            container.exec(observer("write", "/kept", "x")).run();
            container.kill(dev.caisson.Signal.KILL);
            container.waitForExit(SOON);
            container.restart();
            assertEquals("x", container.exec(observer("cat", "/kept")).run().stdout());
            assertThrows(RuntimeException.class, () -> tiny().name("whole").command("/bin/true").execute(), "the name is taken");
        }
        tiny().name("whole").command("/bin/true").execute();
    }

    /** What is put into the directory, or takes its place, is what the next container sees. */
    @Test
    void aChangedDirectoryIsSeen() throws IOException {
        fromSpare(tiny().command("/bin/true"));
        pause(300);
        root.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnew:x:4242:4242::/:/bin/sh\n").file("late", "late");
        Observation seen = observe(tiny().user("new"), "ids", "+", "readable", "/late");
        assertEquals(4242, seen.integer("uid"));
        assertTrue(seen.ok("readable./late"));
        fromSpare(tiny().command("/bin/true"));
        pause(300);
        Files.move(root.path(), directory.resolve("old"));
        TinyRootfs.create(directory.resolve("rootfs")).file("second", "second");
        assertTrue(observe(tiny(), "readable", "/second").ok("readable./second"), "the directory that is there now");
        fromSpare(tiny().command("/bin/true"));
        pause(300);
        delete(root.at("etc"));
        Files.createDirectory(root.at("etc"));
        root.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nthird:x:77:77::/:/bin/sh\n");
        assertEquals(77, observe(tiny().user("third"), "ids").integer("uid"));
    }

    @Test
    void anImageCanBeRemovedAndLoadedAnew() {
        Path tar = root.tar(directory.resolve("root.tar"));
        engine.images().importRootfs(tar, "tiny", "CMD [\"/bin/true\"]");
        fromSpare(engine.image("tiny"));
        pause(300);
        engine.images().remove("tiny");
        root.file("new", "new");
        engine.images().importRootfs(root.tar(directory.resolve("second.tar")), "tiny", "USER app");
        Observation seen = observe(engine.image("tiny"), "ids", "+", "readable", "/new");
        assertEquals(1000, seen.integer("uid"));
        assertTrue(seen.ok("readable./new"));
    }

    /** A start's end is what makes the next spare: it must not come in the way of who removes the image then. */
    @Test
    void anImageIsRemovedRightAfterItsLastStart() {
        Path tar = root.tar(directory.resolve("root.tar"));
        for (int i = 0; i < 40; i++) {
            engine.images().importRootfs(tar, "short:1", "CMD [\"/bin/tiny-true\"]");
            for (int starts = 0; starts < 2 + i % 3; starts++) {
                engine.image("short:1").execute();
            }
            engine.images().remove("short:1");
        }
    }

    @Test
    void limitsOfAnotherKindAreNotInherited() {
        fromSpare(tiny().memory("16m").command("/bin/true"));
        assertTrue(tiny().memory("16m").command(observer("eat", "64")).execute().oomKilled());
        Execution unlimited = tiny().command(observer("eat", "64")).execute();
        assertEquals(0, unlimited.exitCode(), unlimited.stdout());
        assertFalse(spared(unlimited), "its kind is started for the first time");
    }

    @Test
    void manyAtOnce() throws Exception {
        List<CompletableFuture<String>> all = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            String text = "n" + i;
            all.add(CompletableFuture.supplyAsync(() -> tiny().command(observer("echo", text)).execute().stdout()));
        }
        for (int i = 0; i < all.size(); i++) {
            assertEquals("n" + i + "\n", all.get(i).get());
        }
    }

    /** They hold processes and mounts: not for ever. */
    @Test
    void whoIsNotUsedGoes() {
        fromSpare(tiny().command("/bin/true"));
        eventually("a spare is made", SOON, () -> spareDirectories() > 0);
        eventually("the spares go", Duration.ofSeconds(60), () -> spareDirectories() == 0);
        assertEquals(0, tiny().command("/bin/true").execute().exitCode());
    }

    private long spareDirectories() {
        try (Stream<Path> tree = Files.walk(directory.resolve("engine").resolve("engines"), 3)) {
            return tree.filter(p -> p.getParent().getFileName().toString().equals("containers")).count();
        } catch (IOException | java.io.UncheckedIOException e) {
            return -1; // one was being removed
        }
    }
}
