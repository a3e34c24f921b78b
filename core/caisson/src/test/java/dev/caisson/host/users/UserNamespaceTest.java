package dev.caisson.host.users;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Change;
import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Execution;
import dev.caisson.InvalidSpec;
import dev.caisson.UserNamespace;
import dev.caisson.UserNamespace.Range;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Root inside is an ordinary user outside: what it makes, what it may do, whom it meets. */
@Timeout(180)
class UserNamespaceTest extends EngineTest {
    private static final long OUTSIDE = 3_000_000;

    private ContainerBuilder mapped() {
        return tiny().userns(UserNamespace.map(OUTSIDE, 65_536));
    }

    private static String map(Container container, String file) throws IOException {
        return Files.readString(Path.of("/proc/" + container.pid() + "/" + file)).strip().replaceAll("\\s+", " ");
    }

    @Test
    void rootInsideIsAUserOutside() throws IOException {
        try (Container container = mapped().command("/bin/sleep", "60").run()) {
            assertEquals("0 3000000 65536", map(container, "uid_map"));
            assertEquals("0 3000000 65536", map(container, "gid_map"));
            String status = Files.readString(Path.of("/proc/" + container.pid() + "/status"));
            assertTrue(status.contains("Uid:\t3000000\t3000000\t3000000\t3000000"), status);
            assertTrue(status.contains("Groups:\t3000000"), status);
            Observation seen = observeIn(container, "ids", "+", "caps", "+", "namespaces");
            assertEquals(0, seen.integer("uid"));
            assertEquals(Files.readSymbolicLink(Path.of("/proc/" + container.pid() + "/ns/user")).toString(), seen.get("ns.user"), "an exec enters it, too");
            assertNotEquals(Files.readSymbolicLink(Path.of("/proc/self/ns/user")).toString(), seen.get("ns.user"));
            assertEquals(0x00000000a80425fbL, seen.hex("cap.effective"));
        }
    }

    @Test
    void layersAreSeenThroughTheMapAndNothingOnDiskChangesItsOwner() throws IOException {
        root.file("mine", "root's").file("apps", "app's");
        Files.setAttribute(root.at("apps"), "unix:uid", 1000);
        try (Container container = mapped().command("/bin/sleep", "60").run()) {
            Observation seen = observeIn(container, "stat", "/", "/mine", "/apps", "/etc/hosts", "+", "append", "/mine", "more", "+", "write", "/new", "x", "+", "mkdir",
                    "/made", "+", "chown", "1000", "1000", "/new");
            assertTrue(seen.get("/").contains(" 0:0 ") && seen.get("/mine").contains(" 0:0 ") && seen.get("/apps").contains(" 1000:0 "), seen.values().toString());
            assertTrue(seen.get("/etc/hosts").contains(" 0:0 "), seen.get("/etc/hosts"));
            assertEquals(0, Files.getAttribute(root.at("mine"), "unix:uid"), "the lower one is as it was");
            assertEquals("root's", Files.readString(root.at("mine")));
            assertEquals(3_001_000, Files.getAttribute(upper(container).resolve("new"), "unix:uid"));
            assertEquals(List.of("C /mine", "A /made", "A /new").stream().sorted().toList(),
                    container.changes().stream().map(UserNamespaceTest::line).sorted().toList());
        }
    }

    private static String line(Change change) {
        return change.kind().name().charAt(0) + " " + change.path();
    }

    private Path upper(Container container) throws IOException {
        try (Stream<Path> all = Files.find(directory.resolve("engine"), 5, (p, a) -> p.endsWith("containers/" + container.id() + "/upper"))) {
            return all.findFirst().orElseThrow();
        }
    }

    @Test
    void anImageToo() {
        engine.images().importRootfs(root.tar(directory.resolve("root.tar")), "tiny", "USER app");
        Observation seen = observe(engine.image("tiny").userns(UserNamespace.auto()), "ids", "+", "stat", "/bin", "/home/app", "+", "write", "/home/app/x", "y");
        assertEquals(1000, seen.integer("uid"));
        assertTrue(seen.get("/bin").contains(" 0:0 "), seen.get("/bin"));
    }

    /** The powers it has are over what is its own, and nothing of the host is. */
    @Test
    void theHostsRootIsNobodyInside() throws IOException {
        Path secret = Files.writeString(hostDirectory("secret").resolve("file"), "secret");
        Files.setAttribute(secret, "unix:mode", 0100600);
        ContainerBuilder all = mapped().capAdd(dev.caisson.Capability.ALL).seccompUnconfined().bind(directory.resolve("secret"), "/secret");
        Observation seen = observe(all, "ids", "+", "readable", "/secret/file", "+", "writable", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "+", "stat",
                "/secret/file", "+", "mknod", "/tmp/sda", "b", "8", "0", "+", "mount-attempts");
        assertEquals("EACCES", seen.get("readable./secret/file"), "root's file is nobody's inside, whatever the capabilities");
        assertTrue(seen.get("/secret/file").contains(" 65534:65534 "), seen.get("/secret/file"));
        assertFalse(seen.ok("writable./proc/sys/kernel/core_pattern"));
        Observation control = observe(tiny().capAdd(dev.caisson.Capability.ALL).seccompUnconfined().bind(directory.resolve("secret"), "/secret"), "readable", "/secret/file");
        assertTrue(control.ok("readable./secret/file"), "the control: without a user namespace root reads it");
    }

    @Test
    void devicesTerminalsAndNetworkWork() {
        root.withShell();
        Execution e = mapped().command("/bin/sh", "-c", "echo gone > /dev/null && head -c 4 /dev/zero | wc -c && head -c 2 /dev/urandom | wc -c && ls /dev/pts && ip addr show lo").execute();
        assertEquals(0, e.exitCode(), e.stderr());
        assertTrue(e.stdout().startsWith("4\n2\nptmx\n") && e.stdout().contains("127.0.0.1/8"), e.stdout());
        assertEquals("a\n", mapped().user("app").command("/bin/sh", "-c", "echo a > /dev/stdout").execute().stdout());
    }

    @Test
    void limitsReadOnlyAndWorkdirWork() {
        assertTrue(mapped().memory("16m").command(observer("eat", "64")).execute().oomKilled());
        Observation seen = observe(mapped().readOnly().user("app").workdir("/home/app/deep").tmpfs("/scratch"), "cwd", "+", "writable", "/bin", "+", "write", "/tmp/x", "y", "+",
                "stat", "/home/app/deep");
        assertEquals("/home/app/deep", seen.get("cwd"));
        assertFalse(seen.ok("writable./bin"));
    }

    @Test
    void automaticRangesAreNobodyElses() throws IOException {
        Set<String> maps = new HashSet<>();
        try (Container a = tiny().userns(UserNamespace.auto()).command("/bin/sleep", "60").run();
                Container b = tiny().userns(UserNamespace.auto()).command("/bin/sleep", "60").run()) {
            for (Container container : List.of(a, b)) {
                String map = map(container, "uid_map");
                assertTrue(map.startsWith("0 ") && map.endsWith(" 65536"), map);
                assertTrue(maps.add(map), "one of its own: " + map);
                assertTrue(Long.parseLong(map.split(" ")[1]) >= 0x7000_0000L, map);
            }
            try (Stream<Path> claims = Files.list(directory.resolve("engine/names"))) {
                assertTrue(claims.count() >= 2, "spares have theirs, too");
            }
        }
        engine.close();
        try (Stream<Path> claims = Files.list(directory.resolve("engine/names"))) {
            assertEquals(0, claims.count(), "given back");
        }
    }

    @Test
    void restartKeepsTheMap() throws IOException {
        try (Container container = tiny().userns(UserNamespace.auto()).stopTimeout(java.time.Duration.ZERO).command("/bin/sleep", "60").run()) {
            String before = map(container, "uid_map");
            container.exec(TinyRootfs.OBSERVER, "write", "/kept", "x").run();
            container.restart();
            assertEquals(before, map(container, "uid_map"));
            assertEquals("x", container.exec(TinyRootfs.OBSERVER, "cat", "/kept").run().stdout());
        }
    }

    /** podman's keep-id: what is the user's on the host is his inside, under the same number or another, and what he makes is his on the host. */
    @Test
    void aUserOfTheHostIsKept() throws IOException {
        Path shared = hostDirectory("shared");
        Files.setAttribute(Files.writeString(shared.resolve("his"), "his"), "unix:mode", 0100600);
        Files.setAttribute(Files.writeString(shared.resolve("roots"), "root's"), "unix:mode", 0100600);
        Files.setAttribute(shared.resolve("his"), "unix:uid", 29_700);
        Files.setAttribute(shared.resolve("his"), "unix:gid", 29_701);
        Files.setAttribute(shared, "unix:uid", 29_700);
        Files.setAttribute(shared, "unix:gid", 29_701);
        root.file("apps", "app's");
        Files.setAttribute(root.at("apps"), "unix:uid", 1000);
        UserNamespace same = UserNamespace.keepId().of(29_700, 29_701);
        for (UserNamespace kept : List.of(same, UserNamespace.keepId(33, 70_000).of(29_700, 29_701))) {
            long uid = kept == same ? 29_700 : 33;
            long gid = kept == same ? 29_701 : 70_000;
            Observation seen = observe(tiny().userns(kept).bind(shared, "/shared"), "ids", "+", "stat", "/shared/his", "/shared/roots", "/bin", "/apps", "/etc/hosts", "+", "readable",
                    "/shared/his", "/shared/roots", "+", "write", "/shared/made" + uid, "x");
            assertEquals(uid, seen.integer("uid"));
            assertEquals(gid, seen.integer("gid"));
            assertTrue(seen.get("/shared/his").contains(" " + uid + ":" + gid + " "), seen.get("/shared/his"));
            assertTrue(seen.get("/shared/roots").contains(" 65534:65534 "), "the host's root is nobody still: " + seen.get("/shared/roots"));
            assertTrue(seen.ok("readable./shared/his") && !seen.ok("readable./shared/roots"), seen.values().toString());
            assertTrue(seen.get("/bin").contains(" 0:0 ") && seen.get("/apps").contains(" 1000:0 ") && seen.get("/etc/hosts").contains(" 0:0 "), seen.values().toString());
            assertEquals(29_700, Files.getAttribute(shared.resolve("made" + uid), "unix:uid"));
            assertEquals(29_701, Files.getAttribute(shared.resolve("made" + uid), "unix:gid"));
        }
        Observation root = observe(tiny().userns(same).user("0").bind(shared, "/shared"), "ids", "+", "readable", "/shared/his", "+", "write", "/shared/roots2", "x");
        assertEquals(0, root.integer("uid"), "user() says otherwise");
        assertTrue(root.ok("readable./shared/his"), "root inside has power over whom the map knows");
        assertTrue(Integer.toUnsignedLong((int) Files.getAttribute(shared.resolve("roots2"), "unix:uid")) >= 0x7000_0000L, "but is nobody on the host");
    }

    @Test
    void whomAJvmThatIsRootCannotKeep() {
        InvalidSpec root = assertThrows(InvalidSpec.class, () -> tiny().userns(UserNamespace.keepId()).command("/bin/true").execute());
        assertTrue(root.getMessage().contains("the host's root") && root.getMessage().contains("keepId().of("), root.getMessage());
        assertThrows(InvalidSpec.class, () -> tiny().userns(UserNamespace.keepId(5, 5)).command("/bin/true").execute());
        InvalidSpec twice = assertThrows(InvalidSpec.class, () -> tiny().userns(UserNamespace.keepId(5, 5).of(0x7000_0000L, 5)).command("/bin/true").execute());
        assertTrue(twice.getMessage().contains("automatic ranges"), "in the range of somebody's container, if not this one's: " + twice.getMessage());
        assertThrows(dev.caisson.UnsupportedOnThisHost.class, () -> tiny().networkHost().userns(UserNamespace.keepId().of(1000, 1000)).command("/bin/true").execute());
    }

    /** Made on the container's own devpts by its own root, and the user's. */
    @Test
    void aTerminalIsTheUsers() throws Exception {
        root.withShell();
        String script = "busybox stat -c %u /dev/pts/0; busybox tty; echo hello >/dev/console; busybox stty size; read line; echo got $line";
        for (UserNamespace users : List.of(UserNamespace.auto(), UserNamespace.keepId().of(1000, 1000))) {
            try (Container container = tiny().userns(users).user("1000").tty().stdin("word\n").command("/bin/sh", "-c", script).run()) {
                assertEquals(0, container.waitForExit(Duration.ofSeconds(30)).exitCode(), container::logs);
                List<String> lines = container.logs().replace("\r", "").lines().filter(l -> !l.equals("word")).toList(); // the terminal's echo, wherever it falls
                assertEquals(List.of("1000", "/dev/pts/0", "hello", "24 80", "got word"), lines);
            }
        }
    }

    @Test
    void whatTheMapDoesNotKnowIsRefused() {
        UserNamespace few = UserNamespace.map(List.of(new Range(0, OUTSIDE, 10)), List.of(new Range(0, OUTSIDE, 10)));
        InvalidSpec e = assertThrows(InvalidSpec.class, () -> tiny().userns(few).user("app").command("/bin/true").execute());
        assertTrue(e.getMessage().contains("user 1000"), e.getMessage());
        assertEquals(0, tiny().userns(few).command("/bin/true").execute().exitCode(), "without group tty, too");
    }

    @Test
    void aMissingProgramIsTold() {
        assertEquals(127, assertThrows(dev.caisson.LaunchFailed.class, () -> mapped().command("/no/such").execute()).exitCode());
    }
}
