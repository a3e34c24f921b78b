package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the properties of a bundle's config.json do, and which are refused by their names. */
class BundleReaderTest {
    private static final String SPEC = spec();

    private static String spec() {
        try (InputStream json = BundleReaderTest.class.getResourceAsStream("bundle.json")) {
            return new String(json.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The bundle with something more at the beginning of an object. */
    private static String with(String object, String more) {
        String json = SPEC;
        int at = 0;
        for (String name : object.isEmpty() ? new String[0] : object.split("\\.")) {
            at = json.indexOf("\"" + name + "\": {", at);
            assertTrue(at > 0, name);
        }
        at = json.indexOf('{', at) + 1;
        return json.substring(0, at) + more + "," + json.substring(at);
    }

    private static String replaced(String part, String by) {
        assertTrue(SPEC.contains(part), part);
        return SPEC.replace(part, by);
    }

    private static ContainerSpec read(String json) {
        return IdleEngine.bundle(json).spec();
    }

    @Test
    void whatRuncSpecWrites() {
        ContainerSpec spec = read(SPEC);
        assertEquals(List.of("sh"), spec.process().command());
        assertEquals(List.of(), spec.process().entrypoint());
        assertEquals("0:0", spec.process().user());
        assertEquals("/", spec.process().workdir());
        assertEquals(Map.of("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM", "xterm"), spec.process().env());
        assertEquals(Map.of(Rlimit.NOFILE, new Rlimit.Value(1024, 1024)), spec.process().rlimits());
        assertTrue(spec.security().noNewPrivileges());
        assertEquals(ReadOnly.STRICT, spec.files().readOnly());
        assertEquals("crun", spec.identity().hostname());
        assertEquals("none", spec.network().name());
        assertEquals(new SeccompChoice.Unconfined(), spec.security().seccomp());
        Set<Capability> three = Set.of(Capability.AUDIT_WRITE, Capability.KILL, Capability.NET_BIND_SERVICE);
        assertEquals(new OciSettings.Capabilities(three, three, three, Set.of(), Set.of()), spec.oci().capabilities());
        assertTrue(spec.oci().masked().contains("/proc/kcore") && spec.oci().readOnly().contains("/proc/sys"));
        assertEquals(-1, spec.resources().pids());
        assertTrue(spec.root() instanceof RootSource.Directory d && d.writable() && d.path().endsWith("rootfs"));
    }

    @Test
    void everythingElse() {
        ContainerSpec spec = read(with("", "\"annotations\": {\"a\": \"1\"}, \"domainname\": \"example.org\"").replace("\"ambient\"", "\"ambiguous\""));
        assertEquals(Map.of("a", "1"), spec.annotations());
        assertEquals("example.org", spec.identity().domainName());
        spec = read(with("process.user", "\"additionalGids\": [5, 4294967294], \"umask\": 18"));
        assertEquals(List.of("5", "4294967294"), spec.process().groups());
        spec = read(with("linux.resources", """
                "memory": {"limit": 67108864, "swap": 134217728, "reservation": 33554432, "swappiness": 10, "disableOOMKiller": true},
                "cpu": {"shares": 512, "quota": 50000, "period": 200000, "cpus": "0-1", "mems": "0"}, "pids": {"limit": 7}, "blockIO": {"weight": 300}"""));
        assertEquals(new Resources(64 << 20, 128 << 20, 32 << 20, 10, true, 0, 512, 200_000, 50_000, "0-1", "0", 7, 300, List.of(), 0, 0, List.of()), spec.resources());
        spec = read(replaced("\"allow\": false,", "\"allow\": false, \"access\": \"rwm\"}, {\"allow\": true, \"type\": \"c\", \"major\": 10, \"minor\": -1,"));
        assertEquals(List.of("c 10:* rwm"), spec.files().deviceRules());
        spec = read(with("linux", "\"devices\": [{\"path\": \"/dev/fuse\", \"type\": \"c\", \"major\": 10, \"minor\": 229, \"fileMode\": 438}]"));
        assertEquals(List.of(new OciSettings.DeviceNode("/dev/fuse", 'c', 10, 229, 0666)), spec.oci().devices());
        spec = read(with("", """
                "hooks": {"createRuntime": [{"path": "/bin/x", "args": ["x", "y"], "env": ["A=1"], "timeout": 5}], "poststop": [{"path": "/bin/z"}]}"""));
        assertEquals(Map.of(OciSettings.HookPoint.CREATE_RUNTIME, List.of(new OciSettings.Hook("/bin/x", List.of("x", "y"), List.of("A=1"), Duration.ofSeconds(5))),
                OciSettings.HookPoint.POSTSTOP, List.of(new OciSettings.Hook("/bin/z", List.of(), List.of(), null))), spec.oci().hooks());
    }

    @Test
    void namespacesAndUsers() {
        ContainerSpec spec = read(replaced("\"type\": \"network\"", "\"type\": \"network\", \"path\": \"/run/netns/a\""));
        assertEquals(Map.of("network", Path.of("/run/netns/a")), spec.oci().namespaces());
        spec = read(replaced("\"namespaces\": [", "\"namespaces\": [{\"type\": \"user\"},").replace("\"resources\"", """
                "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}], "gidMappings": [{"containerID": 0, "hostID": 200000, "size": 10}], "resources" """));
        assertEquals(UserNamespace.map(List.of(new UserNamespace.Range(0, 100_000, 65_536)), List.of(new UserNamespace.Range(0, 200_000, 10))), spec.security().users());
        spec = read(replaced("\"type\": \"ipc\"", "\"type\": \"time\"").replace("\"resources\"", "\"timeOffsets\": {\"monotonic\": {\"secs\": 60}, \"boottime\": {\"secs\": 60}}, \"resources\""));
        assertEquals(Duration.ofMinutes(1), spec.security().bootTimeOffset());
        assertEquals("host", spec.security().namespaces().ipc());
        assertEquals("", spec.security().namespaces().pid());
        assertEquals("host", read(SPEC.replaceFirst("\\{\\s*\"type\": \"pid\"\\s*},", "")).security().namespaces().pid());
    }

    @Test
    void mounts() {
        ContainerSpec spec = read(replaced("\"mounts\": [", """
                "mounts": [{"destination": "/data", "type": "bind", "source": "data", "options": ["rbind", "ro", "nosuid", "rslave"]},
                {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "size=1m"]},"""));
        Mount.Bind bind = (Mount.Bind) spec.files().mounts().get(0);
        assertTrue(bind.source().isAbsolute() && bind.source().endsWith("data") && bind.readOnly() && bind.recursive());
        assertEquals(Set.of(Mount.Flag.NOSUID), bind.flags());
        assertEquals(Mount.Propagation.SLAVE, bind.propagation());
        assertEquals(new Mount.Tmpfs("/tmp", Map.of("nosuid", "", "strictatime", "", "size", "1m", "dev", "", "exec", "")), spec.files().mounts().get(1));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "process | 'apparmorProfile': 'x' | process.apparmorProfile",
        "process | 'selinuxLabel': 'x' | process.selinuxLabel",
        "process | 'consoleSize': {'height': 1, 'width': 2} | process.consoleSize",
        "process | 'scheduler': {'policy': 'SCHED_BATCH'} | process.scheduler",
        "process | 'ioPriority': {'class': 'IOPRIO_CLASS_IDLE'} | process.ioPriority",
        "process | 'execCPUAffinity': {'initial': '0'} | process.execCPUAffinity",
        "process.user | 'umask': 63 | process.user.umask",
        "linux | 'cgroupsPath': 'system.slice:runc:a' | linux.cgroupsPath",
        "linux | 'cgroupsPath': '/a/../b' | linux.cgroupsPath",
        "linux | 'cgroupsPath': './b' | linux.cgroupsPath",
        "linux | 'cgroupsPath': '//' | linux.cgroupsPath",
        "linux | 'cgroupsPath': 7 | linux.cgroupsPath",
        "linux | 'mountLabel': 'a' | linux.mountLabel",
        "linux | 'intelRdt': {'closID': 'a'} | linux.intelRdt",
        "linux | 'personality': {'domain': 'LINUX32'} | linux.personality.domain",
        "linux | 'rootfsPropagation': 'shared' | linux.rootfsPropagation",
        "linux | 'timeOffsets': {'boottime': {'secs': 1}} | linux.timeOffsets",
        "linux | 'uidMappings': [{'containerID': 0, 'hostID': 1, 'size': 1}] | linux.uidMappings",
        "linux | 'sysctl': {'vm.swappiness': '1'} | sysctl",
        "linux.resources | 'hugepageLimits': [{'pageSize': '2MB', 'limit': 1}] | linux.resources.hugepageLimits",
        "linux.resources | 'network': {'classID': 1} | linux.resources.network",
        "linux.resources | 'rdma': {'a': {}} | linux.resources.rdma",
        "linux.resources | 'unified': {'a': 'b'} | linux.resources.unified",
        "linux.resources | 'cpu': {'burst': 1} | linux.resources.cpu.burst",
        "linux.resources | 'cpu': {'idle': 1} | linux.resources.cpu.idle",
        "linux.resources | 'memory': {'kernel': 1} | linux.resources.memory.kernel",
        "linux.resources | 'memory': {'limit': 1} | memory",
        "linux.resources | 'blockIO': {'throttleReadBpsDevice': [{}]} | linux.resources.blockIO.throttleReadBpsDevice",
        "'' | 'windows': {'x': 1} | windows",
        "'' | 'hooks': {'prestart': [{'path': 'relative'}]} | hooks.prestart[0].path",
        "'' | 'hooks': {'poststop': [{'path': '/x', 'timeout': 0}]} | hooks.poststop[0].timeout",
        "'' | 'hooks': {'poststop': [{'path': '/x', 'env': ['x']}]} | hooks.poststop[0].env",
        "'' | 'annotations': {'a': 1} | annotations.a",
        "'' | 'annotations': 7 | annotations",
    })
    void refusedByName(String object, String more, String field) {
        String json = with(object.equals("''") ? "" : object, more.strip().replace('\'', '"'));
        InvalidSpec refused = assertThrows(InvalidSpec.class, () -> read(json));
        assertTrue(refused.problems().stream().anyMatch(p -> p.field().equals("config.json " + field) || p.field().startsWith(field + "(")), refused.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "'ociVersion': '1.0.0' | 'ociVersion': '2.0.0' | ociVersion",
        "'destination': '/sys', | 'destination': '/system', | mounts",
        "'type': 'sysfs' | 'type': 'debugfs' | mounts[5].type",
        "'size=65536k'          | 'size=65536k', 'gid=7' | mounts[1].options",
        "'type': 'mount' | 'type': 'mount', 'path': '/proc/1/ns/mnt' | linux.namespaces[4].path",
        "'type': 'mount' | 'type': 'user' | linux.namespaces",
        "'RLIMIT_NOFILE' | 'RLIMIT_FILES' | process.rlimits[0].type",
        "'CAP_KILL' | 'CAP_KILLS' | process.capabilities.bounding",
        "'cwd': '/' | 'cwd': '.' | process.cwd",
        "'path': 'rootfs' | 'path': '' | root.path",
        "'allow': false | 'allow': false, 'type': 'c', 'major': 1 | linux.resources.devices[0].allow",
    })
    void wrongByName(String part, String by, String field) {
        String json = replaced(part.strip().replace('\'', '"'), by.strip().replace('\'', '"'));
        InvalidSpec refused = assertThrows(InvalidSpec.class, () -> read(json));
        assertTrue(refused.problems().stream().anyMatch(p -> p.field().equals("config.json " + field)), refused.getMessage());
    }

    @Test
    void aPlaceForItsCgroups() {
        assertEquals("/a/b:c", read(with("linux", "\"cgroupsPath\": \"/a/b:c\"")).oci().cgroupsPath());
        assertEquals("a//b", read(with("linux", "\"cgroupsPath\": \"a//b\"")).oci().cgroupsPath());
        assertEquals("", read(with("linux", "\"cgroupsPath\": \"\"")).oci().cgroupsPath());
        InvalidSpec refused = assertThrows(InvalidSpec.class, () -> read(with("linux", "\"cgroupsPath\": \"user.slice:crun:a\"")));
        assertTrue(refused.remedy().contains("/user.slice/crun/a"), refused.remedy());
        refused = assertThrows(InvalidSpec.class, () -> read(with("linux", "\"cgroupsPath\": \"/a\"").replaceFirst("\\{\\s*\"type\": \"pid\"\\s*},", "")));
        assertTrue(refused.getMessage().contains("PID namespace"), refused.getMessage());
    }

    /** What is taken is below where it begins, whatever it is. */
    @Property(tries = 2000)
    void aPlaceLeadsDown(@ForAll @net.jqwik.api.constraints.Chars({'a', '.', '/', ':', '\0', '\n', '\u00e4'}) @net.jqwik.api.constraints.StringLength(max = 300) String path) {
        if (!path.isEmpty() && CgroupsPath.wrong(path).isEmpty()) {
            Path top = Path.of("/top");
            Path place = top.resolve(path.replaceFirst("^/+", "")).normalize();
            assertTrue(place.startsWith(top) && place.getNameCount() > 1, path);
            assertEquals(java.util.Arrays.stream(path.split("/")).filter(n -> !n.isEmpty()).count() + 1, place.getNameCount(), path);
        }
    }

    @Test
    void manyAtOnce() {
        InvalidSpec refused = assertThrows(InvalidSpec.class, () -> read(replaced("\"cwd\": \"/\"", "\"cwd\": \"\", \"selinuxLabel\": \"a\"").replace("\"gid\": 0", "\"gid\": -1")));
        assertEquals(3, refused.problems().size(), refused.getMessage());
    }

    /** Whatever is wrong with it, it is a bundle or it is refused. */
    @Property(tries = 2000)
    void brokenBundlesAreRefused(@ForAll int place, @ForAll int length, @ForAll int other) {
        String[] values = {"null", "true", "-1", "\"\"", "[]", "{}", "[null]", "1e400", "18446744073709551615", "\"\\u0000\"", ""};
        int at = Math.floorMod(place, SPEC.length());
        int colon = SPEC.indexOf(':', at);
        int begin = other % 2 == 0 && colon > 0 ? colon + 1 : at;
        int end = Math.min(SPEC.length(), begin + Math.floorMod(length, 30));
        while (other % 2 == 0 && end < SPEC.length() && ",\n".indexOf(SPEC.charAt(end)) < 0) {
            end++;
        }
        String json = SPEC.substring(0, begin) + values[Math.floorMod(other / 2, values.length)] + SPEC.substring(end);
        try {
            read(json);
        } catch (InvalidSpec e) {
            assertTrue(e.getMessage().length() > 20, e.getMessage());
        }
    }

    @Test
    void noBundle() {
        assertTrue(assertThrows(InvalidSpec.class, () -> IdleEngine.bundle("[]")).getMessage().contains("no JSON object"));
        assertTrue(assertThrows(InvalidSpec.class, () -> IdleEngine.bundle("{")).getMessage().contains("lacks"));
        assertTrue(assertThrows(InvalidSpec.class, () -> IdleEngine.rootfs().startGate(Path.of("/a")).spec()).getMessage().contains("startGate(/a)"));
        assertTrue(assertThrows(InvalidSpec.class, () -> IdleEngine.bundle().sandbox().spec()).getMessage().contains("bundle(Path)"));
    }
}
