package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every value that is wrong, all of them at once, each with the method as it was called and the reason. */
class SpecValidatorTest {
    private record Wrong(String field, String why, Consumer<ContainerBuilder> call) {
        @Override
        public String toString() {
            return field;
        }
    }

    static Stream<Wrong> wrong() {
        return Stream.of(PROCESS, FILES, NAMES, POWERS, LIMITS).flatMap(List::stream);
    }

    private static final List<Wrong> PROCESS = List.of(
            new Wrong("command(\"\", …)", "names no program", b -> b.command("", "x")),
            new Wrong("env(\"\", …)", "is not a variable name", b -> b.env("", "x")),
            new Wrong("env(\"A=B\", …)", "is not a variable name", b -> b.env("A=B", "x")),
            new Wrong("env(\"A\", null)", "has no value", b -> b.env("A", System.getenv("NOBODY_HAS_THIS"))),
            new Wrong("workdir(\"src\")", "is not absolute", b -> b.workdir("src")),
            new Wrong("oomScoreAdj(1001)", "is not between -1000 and 1000", b -> b.oomScoreAdj(1001)),
            new Wrong("oomScoreAdj(-1001)", "is not between -1000 and 1000", b -> b.oomScoreAdj(-1001)),
            new Wrong("ulimit(NOFILE, 5, 4)", "the soft limit is above the hard one", b -> b.ulimit(Rlimit.NOFILE, 5, 4)),
            new Wrong("ulimit(CORE, -1, 4)", "the soft limit is above the hard one", b -> b.ulimit(Rlimit.CORE, -1, 4)),
            new Wrong("ulimit(CORE, -2, -1)", "one is below -1", b -> b.ulimit(Rlimit.CORE, -2, -1)),
            new Wrong("timeout(PT0S)", "is not positive", b -> b.timeout(Duration.ZERO)),
            new Wrong("stopTimeout(PT-1S)", "is negative", b -> b.stopTimeout(Duration.ofSeconds(-1))),
            new Wrong("outputLimit(0)", "is not positive", b -> b.outputLimit(0)));

    private static final List<Wrong> FILES = List.of(
            new Wrong("tmpfs(\"a\")", "the target is not absolute", b -> b.tmpfs("a")),
            new Wrong("tmpfs(\"/.\")", "the target is the root itself", b -> b.tmpfs("/.")),
            new Wrong("tmpfs(\"/a\")", "the tmpfs option 'siez' is unknown", b -> b.tmpfs("/a:siez=1m")),
            new Wrong("bind(…, \"a\")", "the target is not absolute", b -> b.bind(Path.of("/h"), "a")),
            new Wrong("bind(…, \"//\")", "the target is the root itself", b -> b.bindReadOnly(Path.of("/h"), "//")),
            new Wrong("device(\"dev\", \"dev\", \"rwm\")", "wants two absolute paths", b -> b.device("dev")),
            new Wrong("device(\"/dev/a\", \"/dev/b\", \"x\")", "an access of r, w, m", b -> b.device("/dev/a", "/dev/b", "x")),
            new Wrong("deviceRule(\"c 1 r\")", "is not a rule such as", b -> b.deviceRule("c 1 r")),
            new Wrong("shm(\"much\")", "is not a size", b -> b.shm("much")),
            new Wrong("shm(\"0\")", "is not positive", b -> b.shm("0")),
            new Wrong("writable()", "is only for rootfs(Path)", ContainerBuilder::writable),
            new Wrong("hide(…)", "is only for hostRoot()", b -> b.hide(Path.of("/x"))),
            new Wrong("volume(…, \"a\")", "the target is not absolute", b -> b.volume("data", "a")),
            new Wrong("volume(\"v\", \"/a\")", "is no name of a volume", b -> b.volume("v", "/a")),
            new Wrong("volume(\"/host\", \"/a\")", "is no name of a volume", b -> b.volume("/host", "/a")),
            new Wrong("volume(\"../x\", \"/a\")", "is no name of a volume", b -> b.volume("../x", "/a")),
            new Wrong("volume(\".lock\", \"/a\")", "is no name of a volume", b -> b.volume(".lock", "/a")),
            new Wrong("volume(\"data\", \"/a\")", "the subpath 'x/../..' leaves the volume", b -> b.volume(new Mount.Volume("data", "/a", false, true, "x/../.."))),
            new Wrong("imageMount(…, \"/a\")", "the subpath 'x/../..' leaves the image", b -> b.imageMount("tools:1", "/a", "x/../..")),
            new Wrong("imageMount(…, \"/a\")", "names no image", b -> b.imageMount("", "/a")),
            new Wrong("platform(\"arm64\")", "is not of the form os/architecture[/variant]", b -> b.platform("arm64")),
            new Wrong("volume(\"data\", \"/a\")", "the subpath '/x' leaves the volume", b -> b.volume(new Mount.Volume("data", "/a", false, true, "/x"))),
            new Wrong("volumesFrom(\"\")", "names no container", b -> b.volumesFrom("")),
            new Wrong("secret(\"a/b\", …)", "is no file name", b -> b.secret("a/b", new byte[0])),
            new Wrong("secret(\"..\", …)", "is no file name", b -> b.secret("..", new byte[0])),
            new Wrong("secret(\"a\", …)", "is one of two with this name", b -> b.secret("a", new byte[0]).secret("a", new byte[1])),
            new Wrong("secret(\"big\", …)", "has 1048577 bytes", b -> b.secret("big", new byte[(1 << 20) + 1])));

    private static final List<Wrong> NAMES = List.of(
            new Wrong("name(\"-x\")", "beginning with a letter or digit", b -> b.name("-x")),
            new Wrong("name(\"a/b\")", "is not letters, digits", b -> b.name("a/b")),
            new Wrong("name(\"a\n\")", "is not letters, digits", b -> b.name("a\n")),
            new Wrong("name(\"" + "a".repeat(129) + "\")", "at most 128", b -> b.name("a".repeat(129))),
            new Wrong("label(\"\", …)", "has an empty key", b -> b.label("", "x")),
            new Wrong("hostname(\"a_b\")", "is not a host name", b -> b.hostname("a_b")),
            new Wrong("hostname(\"" + "h".repeat(65) + "\")", "at most 64", b -> b.hostname("h".repeat(65))),
            new Wrong("domainName(\"" + "d".repeat(65) + "\")", "longer than the kernel's 64", b -> b.domainName("d".repeat(65))),
            new Wrong("addHost(\"a b\", …)", "is not a host name", b -> b.addHost("a b", "10.0.0.1")),
            new Wrong("addHost(\"db\", \"there\")", "is not an IP address", b -> b.addHost("db", "there")),
            new Wrong("port(0)", "is not a port", b -> b.port(0)),
            new Wrong("port(65536, 80)", "is not a host port", b -> b.port(65536, 80)),
            new Wrong("port(\"256.0.0.1\", 80)", "has no IP address", b -> b.port("256.0.0.1", 0, 80)),
            new Wrong("port(\"::1%lo\", 80)", "has no IP address", b -> b.port("::1%lo", 0, 80)),
            new Wrong("addHost(\"db\", \"gateway\")", "is not an IP address", b -> b.addHost("db", "gateway")),
            new Wrong("port(53, 0, UDP)", "is not a port", b -> b.port(53, 0, Protocol.UDP)),
            new Wrong("portRange(0, 65535, 2, TCP)", "is not a range", b -> b.portRange(0, 65535, 2, Protocol.TCP)),
            new Wrong("portRange(0, 80, 1025, UDP)", "is not a range", b -> b.portRange(0, 80, 1025, Protocol.UDP)),
            new Wrong("exposeHostPort(0)", "is not a port", b -> b.exposeHostPort(0)),
            new Wrong("exposeHostPort(80)", "is for containers on a bridge", b -> b.networkNone().exposeHostPort(80)),
            new Wrong("hostInterface(\"eth1/2\")", "is not the name of an interface", b -> b.hostInterface("eth1/2")),
            new Wrong("macAddress(\"93:d0:c6:0a:29:33\")", "of one station", b -> b.network("a").macAddress("93:d0:c6:0a:29:33")),
            new Wrong("macAddress(\"92:d0:c6:0a:29\")", "of one station", b -> b.network("a").macAddress("92:d0:c6:0a:29")),
            new Wrong("macAddress(\"92:d0:c6:0a:29:33\")", "is said of no network", b -> b.macAddress("92:d0:c6:0a:29:33")),
            new Wrong("linkLocalIp(\"169.254.169.254\")", "is not an address from", b -> b.network("a").linkLocalIp("169.254.169.254")),
            new Wrong("linkLocalIp(\"10.0.0.1\")", "is not an address from", b -> b.network("a").linkLocalIp("10.0.0.1")),
            new Wrong("linkLocalIp(\"169.254.7.7\")", "is said of no network", b -> b.linkLocalIp("169.254.7.7")),
            new Wrong("hostInterface(\"lo\")", "is the loopback", b -> b.hostInterface("lo")),
            new Wrong("hostInterface(\"eth1\")", "gives no addresses", b -> b.hostInterface("eth1").ip("10.5.0.2")),
            new Wrong("network(\"none\")", "goes with no other", b -> b.networkNone().hostInterface("eth1")),
            new Wrong("ip(\"10.5.0.256\")", "is not an IPv4 address", b -> b.network("a").ip("10.5.0.256")),
            new Wrong("ip6(\"10.5.0.2\")", "is not an IPv6 address", b -> b.network("a").ip6("10.5.0.2")),
            new Wrong("ip(\"10.5.0.2\")", "is said of no network", b -> b.ip("10.5.0.2")),
            new Wrong("networkAlias(\"db\")", "is said of no network", b -> b.networkAlias("db")),
            new Wrong("networkAlias(\"d b\")", "is not letters", b -> b.network("a").networkAlias("d b")),
            new Wrong("network(\"host\")", "goes with no other network", b -> b.network("a").networkHost()),
            new Wrong("network(\"none\")", "gives no addresses or names", b -> b.networkNone().networkAlias("db")),
            new Wrong("network(\"container:web\")", "has its ports published by the other", b -> b.network("container:web").port(80)),
            new Wrong("network(\"container:web\")", "has the names and resolvers of the other", b -> b.network("container:web").dns("9.9.9.9")),
            new Wrong("network(\"container:\")", "is not a network name", b -> b.network("container:")),
            new Wrong("dns(\"1.1.1.1\nx\")", "is not an IP address", b -> b.dns("1.1.1.1\nx")),
            new Wrong("dnsSearch(\"a b\")", "is not a domain", b -> b.dnsSearch("a b")),
            new Wrong("dnsOption(\"A B\")", "is not a resolver option", b -> b.dnsOption("A B")),
            new Wrong("network(\"../x\")", "is not a network name", b -> b.network("../x")));

    private static final List<Wrong> POWERS = List.of(
            new Wrong("sysctl(\"kernel.panic\", …)", "would change the host", b -> b.sysctl("kernel.panic", "1")),
            new Wrong("sysctl(\"kernel/panic\", …)", "would change the host", b -> b.sysctl("kernel/panic", "1")),
            new Wrong("sysctl(\"net/core/somaxconn\", …)", "would change the host's network", b -> b.networkHost().sysctl("net/core/somaxconn", "1")),
            new Wrong("sysctl(\"../kernel\", …)", "is not one parameter", b -> b.sysctl("../kernel", "1")),
            new Wrong("sysctl(\"net.core.somaxconn\", …)", "is not one parameter with one value", b -> b.sysctl("net.core.somaxconn", "1\n2")),
            new Wrong("sysctl(\"net.core.somaxconn\", …)", "would change the host's network", b -> b.networkHost().sysctl("net.core.somaxconn", "1")),
            new Wrong("capAdd(ALL) and capDrop(ALL)", "contradict", b -> b.capAdd(Capability.ALL).capDrop(Capability.ALL)),
            new Wrong("capAdd(BPF) and capDrop(BPF)", "contradict", b -> b.capAdd(Capability.BPF).capDrop(Capability.BPF)),
            new Wrong("privileged() and capDrop(…)", "contradict", b -> b.privileged().capDrop(Capability.BPF)));

    private static final List<Wrong> LIMITS = List.of(
            new Wrong("memory(\"12x\")", "unknown unit 'x'", b -> b.memory("12x")),
            new Wrong("memory(\"0\")", "is not positive", b -> b.memory("0")),
            new Wrong("memory(\"6291455\")", "is below the 6 MiB", b -> b.memory("6291455")),
            new Wrong("memorySwap(…)", "needs memory(…)", b -> b.memorySwap("1g")),
            new Wrong("memorySwap(…)", "cannot be below memory(…)", b -> b.memory("1g").memorySwap("512m")),
            new Wrong("memorySwap(\"-2\")", "is not a size", b -> b.memory("1g").memorySwap("-2")),
            new Wrong("memoryReservation(…)", "is above memory(…)", b -> b.memory("64m").memoryReservation("1g")),
            new Wrong("memorySwappiness(101)", "is not between 0 and 100", b -> b.memorySwappiness(101)),
            new Wrong("cpus(0.0)", "is not between 0.01", b -> b.cpus(0)),
            new Wrong("cpus(NaN)", "is not between 0.01", b -> b.cpus(Double.NaN)),
            new Wrong("cpuShares(1)", "is not between 2 and 262144", b -> b.cpuShares(1)),
            new Wrong("cpuQuota(…, PT2S)", "the period is not between", b -> b.cpuQuota(Duration.ofSeconds(1), Duration.ofSeconds(2))),
            new Wrong("cpuQuota(…, PT8765832H)", "the period is not between", b -> b.cpuQuota(Duration.ofSeconds(1), Duration.ofDays(365243))),
            new Wrong("cpuQuota(PT0S, …)", "the quota is below 1 ms", b -> b.cpuQuota(Duration.ZERO, Duration.ofMillis(100))),
            new Wrong("cpus(…) and cpuQuota(…)", "say the same thing twice", b -> b.cpus(1).cpuQuota(Duration.ofMillis(50), Duration.ofMillis(100))),
            new Wrong("cpuset(\"a\")", "is not a list", b -> b.cpuset("a")),
            new Wrong("cpusetMems(\"0,\")", "is not a list", b -> b.cpusetMems("0,")),
            new Wrong("pids(4194305)", "is more than the 4194304 that a kernel can have", b -> b.pids(4_194_305)),
            new Wrong("pids(0)", "is neither positive nor -1", b -> b.pids(0)),
            new Wrong("blkioWeight(9)", "is not between 10 and 1000", b -> b.blkioWeight(9)),
            new Wrong("throttle(READ_BPS, \"/dev/sda\", 0)", "the rate is not positive", b -> b.throttle(Resources.Throttle.Kind.READ_BPS, "/dev/sda", 0)),
            new Wrong("throttle(WRITE_IOPS, \"sda\", …)", "is not a path below /dev", b -> b.throttle(Resources.Throttle.Kind.WRITE_IOPS, "sda", 1)));

    private static List<InvalidSpec.Problem> problems(ContainerBuilder builder) {
        return assertThrows(InvalidSpec.class, builder::spec).problems();
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void isTheOnlyProblemReported(Wrong wrong) {
        ContainerBuilder builder = IdleEngine.image();
        wrong.call().accept(builder);
        List<InvalidSpec.Problem> problems = problems(builder);
        assertEquals(1, problems.size(), problems::toString);
        assertEquals(wrong.field(), problems.get(0).field());
        assertTrue(problems.get(0).why().contains(wrong.why()), problems.get(0)::why);
        assertEquals(problems, problems(builder), "asked again, it says the same");
    }

    @Test
    void allAtOnce() {
        ContainerBuilder builder = IdleEngine.image();
        builder.name("-x").workdir("src").memory("12x").cpus(-1).tmpfs("a").port(0).timeout(Duration.ZERO).capAdd(Capability.BPF).capDrop(Capability.BPF);
        InvalidSpec e = assertThrows(InvalidSpec.class, builder::spec);
        assertEquals(8, e.problems().size(), e.problems()::toString);
        assertEquals(Stage.VALIDATE, e.stage());
        for (InvalidSpec.Problem problem : e.problems()) {
            assertTrue(e.getMessage().contains(problem.field()) && e.getMessage().contains(problem.why()) && e.getMessage().contains(problem.remedy()));
        }
    }

    @Test
    void nearestNameOrAllOfThem() {
        assertEquals("did you mean 'size'?", problems(IdleEngine.image().tmpfs("/a:siez=1m")).get(0).remedy());
        assertEquals("known options: dev, exec, gid, huge, mode, noatime, nodev, noexec, nosuid, nr_blocks, nr_inodes, ro, rw, size, strictatime, suid, uid",
                problems(IdleEngine.image().tmpfs("/a:propagation=shared")).get(0).remedy());
    }

    private static final Map<String, Consumer<ContainerBuilder>> WITH_NUL = Map.ofEntries(
            Map.entry("command", b -> b.command("a", "\0")), Map.entry("entrypoint", b -> b.entrypoint("\0")),
            Map.entry("env name", b -> b.env("A\0", "1")), Map.entry("env value", b -> b.env("A", "\0")), Map.entry("workdir", b -> b.workdir("/\0")),
            Map.entry("user", b -> b.user("\0")), Map.entry("group", b -> b.group("\0")), Map.entry("name", b -> b.name("a\0")),
            Map.entry("label key", b -> b.label("\0", "1")), Map.entry("label value", b -> b.label("a", "\0")),
            Map.entry("tmpfs target", b -> b.tmpfs("/a\0")), Map.entry("tmpfs option", b -> b.tmpfs("/a:si\0ze=1")),
            Map.entry("tmpfs value", b -> b.tmpfs("/a:size=1\0")), Map.entry("bind target", b -> b.bind(Path.of("/h"), "/\0")),
            Map.entry("device", b -> b.device("/dev/\0")), Map.entry("device target", b -> b.device("/dev/a", "/dev/\0", "r")),
            Map.entry("device access", b -> b.device("/dev/a", "/dev/a", "\0")), Map.entry("device rule", b -> b.deviceRule("c 1:1 r\0")),
            Map.entry("shm", b -> b.shm("1\0")), Map.entry("hostname", b -> b.hostname("\0")), Map.entry("domain name", b -> b.domainName("\0")),
            Map.entry("host", b -> b.addHost("\0", "::1")), Map.entry("address", b -> b.addHost("a", "::1\0")), Map.entry("dns", b -> b.dns("::1\0")),
            Map.entry("search", b -> b.dnsSearch("\0")), Map.entry("option", b -> b.dnsOption("\0")), Map.entry("network", b -> b.network("\0")),
            Map.entry("sysctl", b -> b.sysctl("net.\0", "1")), Map.entry("sysctl value", b -> b.sysctl("net.core.somaxconn", "\0")),
            Map.entry("memory", b -> b.memory("64m\0")), Map.entry("cpuset", b -> b.cpuset("0\0")), Map.entry("mems", b -> b.cpusetMems("\0")),
            Map.entry("throttle", b -> b.throttle(Resources.Throttle.Kind.READ_BPS, "/dev/\0", 1)),
            Map.entry("log driver", b -> b.logDriver("\0", Map.of())), Map.entry("log option", b -> b.logDriver("json-file", Map.of("tag", "\0"))));

    @Test
    void noStringMayHoldANul() {
        WITH_NUL.forEach((name, call) -> {
            ContainerBuilder builder = IdleEngine.image();
            call.accept(builder);
            assertThrows(InvalidSpec.class, builder::spec, name);
        });
    }

    @Test
    void theLastCallCounts() {
        Map<Consumer<ContainerBuilder>, Consumer<ContainerBuilder>> mended = Map.ofEntries(
                Map.entry(b -> b.name("-x"), b -> b.name("x")), Map.entry(b -> b.memory("12x"), b -> b.memory("12m")),
                Map.entry(b -> b.memory("1k"), b -> b.memory("1g")), Map.entry(b -> b.memorySwap("1g"), b -> b.memory("512m")),
                Map.entry(b -> b.memory("1g").memorySwap("-2"), b -> b.memorySwap("-1")),
                Map.entry(b -> b.memoryReservation("x"), b -> b.memoryReservation("1m")), Map.entry(b -> b.shm("x"), b -> b.shm("1m")),
                Map.entry(b -> b.cpus(0), b -> b.cpus(1)), Map.entry(b -> b.cpuShares(0), b -> b.cpuShares(2)),
                Map.entry(b -> b.cpuQuota(Duration.ZERO, Duration.ZERO), b -> b.cpuQuota(Duration.ofMillis(9), Duration.ofMillis(9))),
                Map.entry(b -> b.cpuset("x"), b -> b.cpuset("0")), Map.entry(b -> b.cpusetMems("x"), b -> b.cpusetMems("0")),
                Map.entry(b -> b.pids(0), b -> b.pids(1)), Map.entry(b -> b.blkioWeight(0), b -> b.blkioWeight(10)),
                Map.entry(b -> b.memorySwappiness(-2), b -> b.memorySwappiness(1)), Map.entry(b -> b.timeout(Duration.ZERO), b -> b.timeout(Duration.ofDays(1))));
        mended.forEach((bad, good) -> {
            ContainerBuilder builder = IdleEngine.image();
            bad.accept(builder);
            problems(builder);
            good.accept(builder);
            assertDoesNotThrow(builder::spec);
        });
    }

    @Test
    void boundaries() {
        assertDoesNotThrow(() -> IdleEngine.image().name("a".repeat(128)).hostname("h".repeat(64)).oomScoreAdj(-1000).memory("6m").memorySwap("6m")
                .memoryReservation("6m").memorySwappiness(100).cpus(0.01).cpuShares(262_144).pids(-1).blkioWeight(1000).outputLimit(1)
                .ulimit(Rlimit.NOFILE, 4, 4).ulimit(Rlimit.CORE, -1, -1).stopTimeout(Duration.ZERO).deviceRule("a *:* r")
                .capAdd(Capability.ALL).capDrop(Capability.BPF).sysctl("net.ipv4.conf.eth0/1.forwarding", "1").sysctl("kernel.msgmax", "1").spec());
    }

    /** It follows the rule that the remedy of other names says. */
    @Test
    void aVolumeOfOneLetterIsToldThatItIsTooShort() {
        InvalidSpec refused = assertThrows(InvalidSpec.class, () -> IdleEngine.rootfs().command("true").volume("v", "/a").spec());
        assertTrue(refused.remedy().contains("two characters"), refused.remedy());
    }
}
