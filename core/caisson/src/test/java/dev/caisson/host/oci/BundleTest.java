package dev.caisson.host.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerSpec;
import dev.caisson.InvalidSpec;
import dev.caisson.Rlimit;
import dev.caisson.StorageProblem;
import dev.caisson.UserNamespace;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.RequiresTool;
import dev.caisson.testkit.rootfs.Observation;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The same bundle under crun and under us: ids, environment, capabilities, limits, mounts and what is hidden are the same. Both ways. */
@RequiresTool("crun")
class BundleTest extends EngineTest {
    private static final String[] LOOK = observer("ids", "+", "caps", "+", "env", "+", "limits", "+", "confinement", "+", "cwd", "+", "mounts", "+", "host", "+", "list", "/dev", "+", "writable",
            "/proc/sys/kernel/hostname", "/bin", "/dev/shm", "/dev/null", "+", "readable", "/proc/kcore", "/proc/keys");

    private Crun crun;
    private Path bundle;

    @BeforeEach
    void bundle() throws IOException {
        crun = new Crun(directory.resolve("crun"));
        bundle = Files.createDirectory(directory.resolve("bundle"));
        TinyRootfs.create(bundle.resolve("rootfs"));
    }

    private ObjectNode config(String... args) {
        ObjectNode config = crun.spec(bundle);
        ObjectNode process = (ObjectNode) config.get("process");
        process.put("terminal", false);
        ArrayNode words = process.putArray("args");
        Arrays.stream(args).forEach(words::add);
        return config;
    }

    private ContainerBuilder ours(ObjectNode config) {
        Crun.write(bundle, config);
        return engine.bundle(bundle);
    }

    /**
     * What crun has otherwise by nature: JDK's posix_spawn leaves two signals ignored in what it starts, which crun hands on; and system call numbers that nobody has given away yet
     * answer ENOSYS here, for which a bundle has no words.
     */
    private static final List<String> CRUNS_OWN = List.of("signals.ignored", "syscall.unknown");

    /** What must be equal; of mounts the targets with their types and whether they are read-only, in the order of attaching. */
    private static Map<String, String> comparable(Observation seen) {
        Map<String, String> all = new TreeMap<>(seen.values());
        Map<String, String> mounts = new TreeMap<>();
        all.keySet().removeIf(key -> {
            if (key.startsWith("mount")) {
                String[] words = all.get(key).split(" ");
                if (words.length > 6 && !words[4].startsWith("/sys/fs/cgroup") && !words[4].startsWith("/etc/")) {
                    int dash = Arrays.asList(words).indexOf("-");
                    boolean mask = words[dash + 1].equals("devtmpfs") || words[3].equals("/null");
                    String type = mask ? "mask" : words[4].equals("/") ? "root" : words[dash + 1];
                    mounts.put("at " + words[4], type + (mask ? "" : " " + Arrays.asList(words[5].split(",")).contains("ro")));
                }
            }
            return key.startsWith("mount") || key.matches("(ppid|sid|pgid|pid|.*\\.ino|.*ino|host.*|nodename|domainname|.*sessionid|cwd.inode|root.inode)") || key.contains("ino.") || key.contains("mtime") || key.contains("cgroup");
        });
        // A directory's listing: not when it was made and on which device. crun gives /dev/null to the user, as it is its standard input.
        all.replaceAll((key, value) -> value.replaceAll(" (size|links|dev|mtime)=\\S+", "").replaceFirst(key.equals("null") ? " \\d+:\\d+" : "^$", ""));
        all.putAll(mounts);
        CRUNS_OWN.forEach(all::remove);
        return all;
    }

    private static void same(String theirs, String ours) {
        Map<String, String> one = comparable(Observation.parse(theirs));
        Map<String, String> other = comparable(Observation.parse(ours));
        List<String> differences = new ArrayList<>();
        Map<String, String> keys = new TreeMap<>(one);
        keys.putAll(other);
        keys.keySet().forEach(key -> {
            if (!String.valueOf(one.get(key)).equals(String.valueOf(other.get(key)))) {
                differences.add(key + ": crun " + one.get(key) + ", ours " + other.get(key));
            }
        });
        assertEquals(List.of(), differences);
        assertTrue(keys.size() > 60, keys::toString);
    }

    @Test
    void whatCrunSpecWritesRunsAlike() {
        ObjectNode config = config(LOOK);
        String ours = ours(config).execute().stdout();
        same(crun.run(bundle, "a"), ours);
    }

    @Test
    void anotherUserWithMoreOfEverything() {
        ObjectNode config = config(LOOK);
        ObjectNode process = (ObjectNode) config.get("process");
        ObjectNode user = process.putObject("user").put("uid", 1000).put("gid", 1000);
        user.putArray("additionalGids").add(7).add(2000);
        process.put("cwd", "/home/app").put("noNewPrivileges", false).put("oomScoreAdj", 100);
        ObjectNode sets = process.putObject("capabilities");
        for (String set : List.of("bounding", "permitted", "effective", "inheritable", "ambient")) {
            sets.putArray(set).add("CAP_NET_BIND_SERVICE").add("CAP_KILL");
        }
        ((ArrayNode) sets.get("bounding")).add("CAP_CHOWN");
        ((ArrayNode) process.get("rlimits")).addObject().put("type", "RLIMIT_CORE").put("soft", 0).put("hard", 4096);
        ((ArrayNode) process.get("env")).add("WORD=hello world");
        ((ObjectNode) config.get("root")).put("readonly", false);
        ArrayNode mounts = (ArrayNode) config.get("mounts");
        ObjectNode bind = mounts.addObject().put("destination", "/srv").put("type", "bind").put("source", hostDirectory("shared").toString());
        bind.putArray("options").add("rbind").add("ro").add("nosuid").add("nodev");
        ObjectNode tmp = mounts.addObject().put("destination", "/tmp").put("type", "tmpfs").put("source", "tmpfs");
        tmp.putArray("options").add("nosuid").add("mode=1777").add("size=1m");
        ((ArrayNode) config.get("linux").get("maskedPaths")).add("/etc/os-release").add("/root");
        ((ArrayNode) config.get("linux").get("readonlyPaths")).add("/var");
        String ours = ours(config).execute().stdout();
        same(crun.run(bundle, "b"), ours);
        Observation seen = Observation.parse(ours);
        assertEquals("hello world", seen.get("env.WORD"));
    }

    @Test
    void theRootFileSystemIsTheBundlesOwn() {
        ObjectNode config = config("/bin/observer", "write", "/home/made", "x");
        ((ObjectNode) config.get("root")).put("readonly", false);
        assertEquals(0, ours(config).execute().exitCode());
        assertTrue(Files.exists(bundle.resolve("rootfs/home/made")));
        assertFalse(Files.exists(bundle.resolve("rootfs/etc/resolv.conf")), "nothing of the engine's");
    }

    @Test
    void namespacesByPathAndUsers() throws Exception {
        try (Container other = tiny().command(observer("sleep", "60")).run()) {
            ObjectNode config = config(observer("namespaces", "+", "host", "+", "inherited"));
            for (var each : config.get("linux").get("namespaces")) {
                String type = each.get("type").asText();
                if (type.equals("network") || type.equals("uts") || type.equals("ipc")) {
                    ((ObjectNode) each).put("path", "/proc/" + other.pid() + "/ns/" + type.replace("network", "net"));
                }
            }
            config.remove("hostname");
            Observation seen = Observation.parse(ours(config).execute().stdout());
            Observation theirs = observeIn(other, "namespaces", "+", "host");
            for (String kind : List.of("net", "uts", "ipc")) {
                assertEquals(theirs.get("ns." + kind), seen.get("ns." + kind), kind);
            }
            assertNotEquals(theirs.get("ns.pid"), seen.get("ns.pid"));
            assertEquals(theirs.get("hostname"), seen.get("hostname"));
        }
    }

    @Test
    void withoutAPidNamespaceItHasTheHosts() throws IOException {
        ObjectNode config = config(observer("namespaces"));
        ArrayNode namespaces = (ArrayNode) config.get("linux").get("namespaces");
        for (int i = namespaces.size() - 1; i >= 0; i--) {
            if (namespaces.get(i).get("type").asText().equals("pid")) {
                namespaces.remove(i);
            }
        }
        String host = observeHost("namespaces").get("ns.pid");
        assertEquals(host, Observation.parse(ours(config).execute().stdout()).get("ns.pid"));
        assertEquals(host, Observation.parse(crun.run(bundle, "p")).get("ns.pid"), "crun takes it for the same");
        Path written = directory.resolve("written");
        engine.toBundle(tiny().pidHost().networkNone().command(observer("namespaces")).spec(), written);
        assertFalse(Files.readString(written.resolve("config.json")).contains("\"pid\""));
        assertEquals(host, Observation.parse(engine.bundle(written).execute().stdout()).get("ns.pid"));
    }

    /** Of another container of this engine: its processes are seen, its clocks and its cgroup root are had. As crun has the two that it takes. */
    @Test
    void moreNamespacesByPath() {
        try (Container other = tiny().bootTimeOffset(java.time.Duration.ofDays(1000)).command(observer("sleep", "60")).run()) {
            ObjectNode config = config(observer("namespaces", "+", "ids"));
            ArrayNode all = (ArrayNode) config.get("linux").get("namespaces");
            for (String type : List.of("cgroup", "time")) {
                for (int i = all.size() - 1; i >= 0; i--) {
                    if (all.get(i).get("type").asText().equals(type)) {
                        all.remove(i);
                    }
                }
                all.addObject().put("type", type).put("path", "/proc/" + other.pid() + "/ns/" + type);
            }
            Observation theirs = observeIn(other, "namespaces");
            Observation seen = Observation.parse(ours(config).execute().stdout());
            ObjectNode known = config.deepCopy(); // crun 1.8 ends without a word for a time namespace by path
            ((ArrayNode) known.get("linux").get("namespaces")).remove(all.size() - 1);
            Crun.write(bundle, known);
            Observation cruns = Observation.parse(crun.run(bundle, "n"));
            assertEquals(theirs.get("ns.cgroup"), cruns.get("ns.cgroup"));
            for (String kind : List.of("cgroup", "time")) {
                assertEquals(theirs.get("ns." + kind), seen.get("ns." + kind), kind);
            }
            for (var each : all) {
                if (each.get("type").asText().equals("pid")) {
                    ((ObjectNode) each).put("path", "/proc/" + other.pid() + "/ns/pid");
                }
            }
            seen = Observation.parse(ours(config).execute().stdout());
            assertEquals(theirs.get("ns.pid"), seen.get("ns.pid"));
            assertNotEquals("1", seen.get("pid"), seen.values()::toString);
            ArrayNode words = ((ObjectNode) config.get("process")).putArray("args");
            List.of(observer("sleep", "60")).forEach(words::add);
            try (Container inside = ours(config).run()) {
                assertEquals(Container.State.RUNNING, inside.state());
                inside.exec(observer("true")).run();
                inside.kill(dev.caisson.Signal.KILL);
                assertEquals(137, inside.waitForExit(java.time.Duration.ofSeconds(30)).exitCode());
            }
            assertEquals(Container.State.RUNNING, other.state());
        }
    }

    @Test
    void processesOfNobodyHereAreRefusedByName() {
        ObjectNode config = config("/bin/observer", "true");
        config.get("linux").get("namespaces").forEach(n -> {
            if (n.get("type").asText().equals("pid")) {
                ((ObjectNode) n).put("path", "/proc/self/ns/pid");
            }
        });
        for (boolean there : new boolean[] {false, true}) { // its namespace is the host's then, which is above the guard's all the same
            try (Container host = there ? engine.hostRoot().pidHost().command("sleep", "600").stopTimeout(java.time.Duration.ZERO).run() : null) {
                String said = assertThrows(InvalidSpec.class, () -> ours(config).execute()).getMessage();
                assertTrue(said.contains("linux.namespaces pid") && said.contains("of no container of this engine"), said);
            }
        }
    }

    @Test
    void aUserNamespaceOfItsOwn() {
        ObjectNode config = config(observer("inherited", "+", "ids", "+", "stat", "/bin/observer"));
        ObjectNode linux = (ObjectNode) config.get("linux");
        ((ArrayNode) linux.get("namespaces")).addObject().put("type", "user");
        ((ArrayNode) linux.get("namespaces")).addObject().put("type", "cgroup");
        for (String map : List.of("uidMappings", "gidMappings")) {
            linux.putArray(map).addObject().put("containerID", 0).put("hostID", 100_000).put("size", 1000);
        }
        Observation seen = Observation.parse(ours(config).execute().stdout());
        assertTrue(seen.values().values().stream().anyMatch(v -> v.matches("\\s*0\\s+100000\\s+1000\\s*")), seen.values()::toString);
    }

    @Test
    void whatTheKernelRefusesIsSaidByName() {
        ObjectNode config = config("/bin/observer", "true");
        config.get("linux").get("namespaces")
                .forEach(n -> {
                    if (n.get("type").asText().equals("network")) {
                        ((ObjectNode) n).put("path", "/proc/0/ns/net");
                    }
                });
        String said = assertThrows(InvalidSpec.class, () -> ours(config).execute()).getMessage();
        assertTrue(said.contains("linux.namespaces net") && said.contains("/proc/0/ns/net"), said);
    }

    @Test
    void oursRunsUnderCrun() {
        root.file("etc/note", "kept").directory("data", "rwxr-xr-x");
        ContainerBuilder builder = tiny().user("app").group("extra").env("WORD", "hello").workdir("/home/app").hostname("hull").capAdd(Capability.SYS_PTRACE).capDrop(Capability.MKNOD)
                .ulimit(Rlimit.CORE, 0, 0).tmpfs("/tmp:size=1m").bindReadOnly(hostDirectory("shared"), "/srv").noNewPrivileges().sysctl("kernel.msgmax", "9000").networkNone()
                .command(LOOK);
        Path written = directory.resolve("written");
        engine.toBundle(builder.spec(), written);
        same(crun.run(written, "c"), builder.execute().stdout());
        assertTrue(Files.exists(written.resolve("rootfs/etc/note")));
        assertTrue(assertThrows(StorageProblem.class, () -> engine.toBundle(builder.spec(), written)).getMessage().contains("config.json"));
    }

    @Test
    void rootWithTheDefaultPolicyRunsUnderCrun() {
        ContainerBuilder builder = tiny().hostname("hull").readOnly().command(observer("caps", "+", "confinement", "+", "syscalls", "+", "ids", "+", "env", "+", "limits", "+", "list", "/dev", "+", "sockets"));
        Path written = directory.resolve("written");
        engine.toBundle(builder.spec(), written);
        same(crun.run(written, "d"), builder.execute().stdout());
    }

    @Test
    void oursRunsUnderUsToo() {
        ContainerSpec spec = tiny().hostname("hull").user("1000:1000").env("A", "b").networkNone().command(LOOK).spec();
        Path written = directory.resolve("written");
        engine.toBundle(spec, written);
        same(engine.bundle(written).execute().stdout(), engine.execute(spec).stdout());
    }

    @Test
    void whatABundleHasNoWordsForIsRefused() {
        for (ContainerBuilder wrong : List.of(tiny().network("bridge"), tiny().volume("v", "/v"), tiny().secret("s", new byte[1]), tiny().init(), tiny().sandbox(), engine.hostRoot(),
                tiny().detached(), tiny().userns(UserNamespace.auto()))) {
            InvalidSpec refused = assertThrows(InvalidSpec.class, () -> engine.toBundle(wrong.command(observer("true")).spec(), directory.resolve("no")));
            assertFalse(refused.remedy().isEmpty(), refused.getMessage());
        }
        assertFalse(Files.exists(directory.resolve("no")));
    }
}
