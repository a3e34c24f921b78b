package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each method of the builder does to the spec. A method that is missing here fails {@link #everyMethodIsHere}: no option is accepted and ignored. */
class BuilderEffectsTest {
    private static final InputStream STREAM = InputStream.nullInputStream();

    /** @param expected what the part of the spec is after the call, which it is not before */
    private record Effect(String method, Supplier<ContainerBuilder> from, Consumer<ContainerBuilder> call, Function<ContainerSpec, Object> part,
            Object expected) {
        @Override
        public String toString() {
            return method;
        }
    }

    private static Path file(String text) {
        try {
            Path file = Files.createTempFile("caisson-env", ".txt");
            file.toFile().deleteOnExit();
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Effect effect(String method, Consumer<ContainerBuilder> call, Function<ContainerSpec, Object> part, Object expected) {
        return new Effect(method, IdleEngine::image, call, part, expected);
    }

    static Stream<Effect> effects() {
        return Stream.of(process(), files(), identity(), security(), resources(), life()).flatMap(List::stream);
    }

    private static List<Effect> process() {
        return List.of(
                effect("command(String[])", b -> b.command("sh", "-c", "true"), s -> s.process().command(), List.of("sh", "-c", "true")),
                effect("entrypoint(String[])", b -> b.entrypoint(), s -> s.process().entrypoint(), List.of()),
                effect("env(String,String)", b -> b.env("A", "1").env("B", "").env("A", "2"), s -> s.process().env(), Map.of("A", "2", "B", "")),
                effect("inheritEnv(String[])", b -> b.inheritEnv("PATH", "NOBODY_SET_THIS"), s -> s.process().env(), Map.of("PATH", System.getenv("PATH"))),
                effect("envFile(Path)", b -> b.envFile(file("# about\nA=1 = one\n  B=\r\n\nPATH\nNOBODY_SET_THIS\n")), s -> s.process().env(),
                        Map.of("A", "1 = one", "B", "", "PATH", System.getenv("PATH"))),
                effect("labelFile(Path)", b -> b.labelFile(file("a=1\nb\n")), ContainerSpec::labels, Map.of("a", "1", "b", "")),
                effect("annotation(String,String)", b -> b.annotation("org.example.a", "1"), ContainerSpec::annotations, Map.of("org.example.a", "1")),
                effect("workdir(String)", b -> b.workdir("/src"), s -> s.process().workdir(), "/src"),
                effect("user(String)", b -> b.user("1000:50"), s -> s.process().user(), "1000:50"),
                effect("group(String)", b -> b.group("audio").group("7"), s -> s.process().groups(), List.of("audio", "7")),
                effect("stdin(String)", b -> b.stdin("ä"), s -> s.process().stdin(), new Stdin.Bytes("ä".getBytes(StandardCharsets.UTF_8))),
                effect("stdin(byte[])", b -> b.stdin(new byte[] {0, -1}), s -> s.process().stdin(), new Stdin.Bytes(new byte[] {0, -1})),
                effect("stdin(InputStream)", b -> b.stdin(STREAM), s -> s.process().stdin(), new Stdin.Stream(STREAM)),
                effect("interactive()", ContainerBuilder::interactive, s -> s.process().stdin(), new Stdin.Open()),
                effect("tty()", ContainerBuilder::tty, s -> s.process().tty(), true),
                effect("init()", ContainerBuilder::init, s -> s.process().init(), true),
                effect("oomScoreAdj(int)", b -> b.oomScoreAdj(-7), s -> s.process().oomScoreAdj(), -7),
                effect("ulimit(Rlimit,long,long)", b -> b.ulimit(Rlimit.CORE, 0, -1), s -> s.process().rlimits(), Map.of(Rlimit.CORE, new Rlimit.Value(0, -1))),
                effect("name(String)", b -> b.name("web"), ContainerSpec::name, "web"),
                effect("label(String,String)", b -> b.label("a", "1").label("b", "2"), ContainerSpec::labels, Map.of("a", "1", "b", "2")));
    }

    private static List<Effect> files() {
        return List.of(
                effect("readOnly()", ContainerBuilder::readOnly, s -> s.files().readOnly(), ReadOnly.VOLATILE),
                effect("readOnly(ReadOnly)", b -> b.readOnly(ReadOnly.STRICT), s -> s.files().readOnly(), ReadOnly.STRICT),
                new Effect("consoleSocket(Path)", IdleEngine::bundle, b -> b.tty().consoleSocket(Path.of("/run/console")), s -> s.oci().consoleSocket(), Path.of("/run/console")),
                new Effect("startGate(Path)", IdleEngine::bundle, b -> b.startGate(Path.of("/run/fifo")), s -> s.oci().startGate(), Path.of("/run/fifo")),
                new Effect("writable()", IdleEngine::rootfs, ContainerBuilder::writable, ContainerSpec::root,
                        new RootSource.Directory(Path.of("/srv/root"), true)),
                new Effect("hide(Path[])", IdleEngine::hostRoot, b -> b.hide(Path.of("/root")).hide(Path.of("/srv/../etc/ssh")), ContainerSpec::root,
                        new RootSource.HostRoot(List.of(Path.of("/root"), Path.of("/etc/ssh")))),
                effect("tmpfs(String)", b -> b.tmpfs("/a:size=64m,noexec").tmpfs("/b"), s -> s.files().mounts(),
                        List.of(new Mount.Tmpfs("/a", Map.of("size", "64m", "noexec", "")), new Mount.Tmpfs("/b", Map.of()))),
                effect("bind(Path,String)", b -> b.bind(Path.of("/h/../i"), "/c"), s -> s.files().mounts(),
                        List.of(new Mount.Bind(Path.of("/i"), "/c", false, Mount.Propagation.PRIVATE, true))),
                effect("bindReadOnly(Path,String)", b -> b.bindReadOnly(Path.of("/h"), "/c"), s -> s.files().mounts(),
                        List.of(new Mount.Bind(Path.of("/h"), "/c", true, Mount.Propagation.PRIVATE, true))),
                effect("bind(Path,String,boolean,Propagation)", b -> b.bind(Path.of("/h"), "/c", true, Mount.Propagation.SLAVE), s -> s.files().mounts(),
                        List.of(new Mount.Bind(Path.of("/h"), "/c", true, Mount.Propagation.SLAVE, true))),
                effect("shm(String)", b -> b.shm("1g"), s -> s.files().shmSize(), 1L << 30),
                effect("device(String)", b -> b.device("/dev/fuse"), s -> s.files().devices(), List.of(new Device("/dev/fuse", "/dev/fuse", "rwm"))),
                effect("device(String,String,String)", b -> b.device("/dev/a", "/dev/b", "r"), s -> s.files().devices(),
                        List.of(new Device("/dev/a", "/dev/b", "r"))),
                effect("deviceRule(String)", b -> b.deviceRule("c 42:* rmw"), s -> s.files().deviceRules(), List.of("c 42:* rmw")),
                effect("volume(String,String)", b -> b.volume("data", "/data"), s -> s.files().mounts(), List.of(new Mount.Volume("data", "/data", false, true, ""))),
                effect("volumeReadOnly(String,String)", b -> b.volumeReadOnly("data", "/data"), s -> s.files().mounts(),
                        List.of(new Mount.Volume("data", "/data", true, true, ""))),
                effect("volume(String)", b -> b.volume("/data"), s -> s.files().mounts(), List.of(new Mount.Volume("", "/data", false, true, ""))),
                effect("volume(Volume)", b -> b.volume(new Mount.Volume("data", "/d", false, false, "sub")), s -> s.files().mounts(),
                        List.of(new Mount.Volume("data", "/d", false, false, "sub"))),
                effect("volumesFrom(String)", b -> b.volumesFrom("store"), s -> s.files().volumesFrom(), List.of(new VolumesFrom("store", false))),
                effect("volumesFromReadOnly(String)", b -> b.volumesFromReadOnly("store"), s -> s.files().volumesFrom(), List.of(new VolumesFrom("store", true))),
                effect("secret(String,byte[])", b -> b.secret("key", new byte[] {1}), s -> s.files().secrets(), List.of(new Secret("key", new byte[] {1}))));
    }

    private static List<Effect> identity() {
        return List.of(
                effect("hostname(String)", b -> b.hostname("web-1"), s -> s.identity().hostname(), "web-1"),
                effect("domainName(String)", b -> b.domainName("example"), s -> s.identity().domainName(), "example"),
                effect("addHost(String,String)", b -> b.addHost("db", "10.0.0.2"), s -> s.identity().extraHosts(), Map.of("db", "10.0.0.2")),
                effect("dns(String)", b -> b.dns("9.9.9.9").dns("::1"), s -> s.identity().dns(), List.of("9.9.9.9", "::1")),
                effect("dnsSearch(String)", b -> b.dnsSearch("."), s -> s.identity().dnsSearch(), List.of(".")),
                effect("dnsOption(String)", b -> b.dnsOption("ndots:2"), s -> s.identity().dnsOptions(), List.of("ndots:2")),
                effect("network(String)", b -> b.network("net"), s -> s.network().name(), "net"),
                effect("network(String,Consumer)", b -> b.network("a", n -> n.ip("10.5.0.9").alias("db").alias("store")).network("b"), s -> s.network().endpoints(),
                        List.of(new ContainerSpec.Endpoint("a", "10.5.0.9", List.of("db", "store")), new ContainerSpec.Endpoint("b", "", List.of()))),
                effect("networkAlias(String)", b -> b.network("a").networkAlias("db").network("b").networkAlias("x").networkAlias("y"), s -> s.network().endpoints(),
                        List.of(new ContainerSpec.Endpoint("a", "", List.of("db")), new ContainerSpec.Endpoint("b", "", List.of("x", "y")))),
                effect("ip(String)", b -> b.network("a").ip("10.5.0.9"), s -> s.network().endpoints(),
                        List.of(new ContainerSpec.Endpoint("a", "10.5.0.9", List.of()))),
                effect("ip6(String)", b -> b.network("a").ip6("fd00::9"), s -> s.network().endpoints(),
                        List.of(new ContainerSpec.Endpoint("a", "", List.of(), "fd00::9"))),
                effect("bandwidth(String,String)", b -> b.network("a").bandwidth("10mbit", "1.5gbit"), s -> s.network().bandwidth(), new Bandwidth(10_000_000, 1_500_000_000)),
                effect("egress(Consumer)", b -> b.egress(e -> e.allow("Repo.example.org:443").allow("10.1.2.3/8:5432").deny("10.9.0.0/16").resolve("*.corp").denyAll()),
                        s -> s.network().egress(), new Egress(false, List.of(new Egress.Rule("repo.example.org", 443, 443, "tcp", false), new Egress.Rule("10.0.0.0/8", 5432, 5432, "tcp", false)),
                                List.of(new Egress.Rule("10.9.0.0/16", 0, 0, "", false)), List.of("*.corp"))),
                effect("networkNone()", ContainerBuilder::networkNone, s -> s.network().name(), "none"),
                effect("networkHost()", ContainerBuilder::networkHost, s -> s.network().name(), "host"));
    }

    private static List<Effect> security() {
        return List.of(
                effect("capAdd(Capability[])", b -> b.capAdd(Capability.SYS_TIME).capAdd(Capability.BPF), s -> s.security().capAdd(),
                        Set.of(Capability.SYS_TIME, Capability.BPF)),
                effect("capDrop(Capability[])", b -> b.capDrop(Capability.ALL), s -> s.security().capDrop(), Set.of(Capability.ALL)),
                effect("privileged()", ContainerBuilder::privileged, s -> s.security().privileged(), true),
                effect("noNewPrivileges()", ContainerBuilder::noNewPrivileges, s -> s.security().noNewPrivileges(), true),
                effect("seccomp(Path)", b -> b.seccomp(Path.of("/p.json")), s -> s.security().seccomp(), new SeccompChoice.Profile(Path.of("/p.json"))),
                effect("seccompUnconfined()", ContainerBuilder::seccompUnconfined, s -> s.security().seccomp(), new SeccompChoice.Unconfined()),
                effect("sysctl(String,String)", b -> b.sysctl("net.core.somaxconn", "9"), s -> s.security().sysctls(), Map.of("net.core.somaxconn", "9")),
                effect("timeNamespace()", ContainerBuilder::timeNamespace, s -> s.security().timeNamespace(), true),
                effect("bootTimeOffset(Duration)", b -> b.bootTimeOffset(Duration.ofDays(1)),
                        s -> List.of(s.security().timeNamespace(), s.security().bootTimeOffset()), List.of(true, Duration.ofDays(1))),
                effect("ipcHost()", ContainerBuilder::ipcHost, s -> s.security().namespaces().ipc(), "host"),
                effect("ipcNone()", ContainerBuilder::ipcNone, s -> s.security().namespaces().ipc(), "none"),
                effect("ipcOf(String)", b -> b.ipcOf("db"), s -> s.security().namespaces().ipc(), "container:db"),
                effect("pidHost()", ContainerBuilder::pidHost, s -> s.security().namespaces().pid(), "host"),
                effect("pidOf(String)", b -> b.pidOf("db"), s -> s.security().namespaces().pid(), "container:db"),
                effect("utsHost()", ContainerBuilder::utsHost, s -> s.security().namespaces().uts(), "host"),
                effect("utsOf(String)", b -> b.utsOf("db"), s -> s.security().namespaces().uts(), "container:db"),
                effect("cgroupHost()", ContainerBuilder::cgroupHost, s -> s.security().namespaces().cgroupHost(), true));
    }

    private static List<Effect> resources() {
        return List.of(
                effect("memory(String)", b -> b.memory("64m"), s -> s.resources().memory(), 64L << 20),
                effect("memorySwap(String)", b -> b.memory("64m").memorySwap("-1"), s -> s.resources().memorySwap(), -1L),
                effect("memoryReservation(String)", b -> b.memoryReservation("32m"), s -> s.resources().memoryReservation(), 32L << 20),
                effect("memorySwappiness(int)", b -> b.memorySwappiness(0), s -> s.resources().memorySwappiness(), 0),
                effect("oomKillDisable()", ContainerBuilder::oomKillDisable, s -> s.resources().oomKillDisable(), true),
                effect("cpus(double)", b -> b.cpus(1.5), s -> s.resources().nanoCpus(), 1_500_000_000L),
                effect("cpuShares(long)", b -> b.cpuShares(512), s -> s.resources().cpuShares(), 512L),
                effect("cpuQuota(Duration,Duration)", b -> b.cpuQuota(Duration.ofMillis(50), Duration.ofMillis(100)),
                        s -> List.of(s.resources().cpuQuotaMicros(), s.resources().cpuPeriodMicros()), List.of(50_000L, 100_000L)),
                effect("cpuset(String)", b -> b.cpuset("0-1,3"), s -> s.resources().cpusetCpus(), "0-1,3"),
                effect("cpusetMems(String)", b -> b.cpusetMems("0"), s -> s.resources().cpusetMems(), "0"),
                effect("pids(int)", b -> b.pids(100), s -> s.resources().pids(), 100L),
                effect("blkioWeight(int)", b -> b.blkioWeight(500), s -> s.resources().blkioWeight(), 500),
                effect("blkioWeight(String,int)", b -> b.blkioWeight("/dev/sda", 300), s -> s.resources().deviceWeights(),
                        List.of(new Resources.DeviceWeight("/dev/sda", 300))),
                effect("cpuRealtime(Duration,Duration)", b -> b.cpuRealtime(Duration.ofMillis(1), Duration.ofMillis(100)),
                        s -> List.of(s.resources().realtimeRuntimeMicros(), s.resources().realtimePeriodMicros()), List.of(1_000L, 100_000L)),
                effect("throttle(Kind,String,long)", b -> b.throttle(Resources.Throttle.Kind.READ_BPS, "/dev/sda", 9), s -> s.resources().throttles(),
                        List.of(new Resources.Throttle(Resources.Throttle.Kind.READ_BPS, "/dev/sda", 9))));
    }

    private static List<Effect> life() {
        return List.of(
                effect("port(int)", b -> b.port(80), s -> s.network().ports(), List.of(new Port("", 0, 80))),
                effect("port(int,int)", b -> b.port(8080, 80), s -> s.network().ports(), List.of(new Port("", 8080, 80))),
                effect("port(String,int,int)", b -> b.port("127.0.0.1", 8080, 80), s -> s.network().ports(), List.of(new Port("127.0.0.1", 8080, 80))),
                effect("samePort(int)", b -> b.samePort(80), s -> s.network().chosen().get(0).network() + s.network().ports(),
                        "bridge" + List.of(new Port("", 80, 80))),
                effect("port(int,int,Protocol)", b -> b.port(53, 53, Protocol.UDP), s -> s.network().ports(), List.of(new Port("", 53, 53, Protocol.UDP))),
                effect("port(String,int,int,Protocol)", b -> b.port("127.0.0.1", 53, 53, Protocol.UDP), s -> s.network().ports(),
                        List.of(new Port("127.0.0.1", 53, 53, Protocol.UDP))),
                effect("portRange(int,int,int,Protocol)", b -> b.portRange(8000, 7000, 2, Protocol.TCP), s -> s.network().ports(),
                        List.of(new Port("", 8000, 7000), new Port("", 8001, 7001))),
                effect("exposeHostPort(int)", b -> b.exposeHostPort(8080), s -> s.network().chosen().get(0).network() + s.network().hostPorts(),
                        "bridge" + List.of(new HostPort(8080, 8080))),
                effect("exposeHostPort(int,int)", b -> b.exposeHostPort(8080, 80), s -> s.network().hostPorts(), List.of(new HostPort(8080, 80))),
                effect("macAddress(String)", b -> b.network("a").macAddress("92:d0:c6:0a:29:33"), s -> s.network().chosen().get(0).mac(), "92:d0:c6:0a:29:33"),
                effect("linkLocalIp(String)", b -> b.network("a").linkLocalIp("169.254.7.7"), s -> s.network().chosen().get(0).linkLocal(), List.of("169.254.7.7")),
                effect("hostInterface(String)", b -> b.network("bridge").hostInterface("eth1"), s -> s.network().chosen().stream().map(ContainerSpec.Endpoint::network).toList(),
                        List.of("bridge", "interface:eth1")),
                effect("publishAll()", ContainerBuilder::publishAll, s -> s.network().publishAll(), true),
                effect("expose(int)", b -> b.expose(80), s -> s.network().exposed(), List.of("80/tcp")),
                effect("expose(int,Protocol)", b -> b.expose(53, Protocol.UDP), s -> s.network().exposed(), List.of("53/udp")),
                effect("logDriver(String,Map)", b -> b.logDriver("json-file", Map.of("max-size", "1m")), ContainerSpec::log,
                        new ContainerSpec.Log("json-file", Map.of("max-size", "1m"))),
                effect("stopSignal(Signal)", b -> b.stopSignal(Signal.QUIT), s -> s.life().stopSignal(), Signal.QUIT),
                effect("stopTimeout(Duration)", b -> b.stopTimeout(Duration.ZERO), s -> s.life().stopTimeout(), Duration.ZERO),
                effect("timeout(Duration)", b -> b.timeout(Duration.ofSeconds(3)), s -> s.life().timeout(), Duration.ofSeconds(3)),
                effect("bestEffort()", ContainerBuilder::bestEffort, s -> s.life().bestEffort(), true),
                effect("captureChanges()", ContainerBuilder::captureChanges, s -> s.life().captureChanges(), true),
                effect("pull(PullPolicy)", b -> b.pull(PullPolicy.NEVER), ContainerSpec::root, new RootSource.Image("alpine", PullPolicy.NEVER)),
                effect("platform(String)", b -> b.platform("linux/arm64").pull(PullPolicy.NEVER), ContainerSpec::root, new RootSource.Image("alpine", PullPolicy.NEVER, "linux/arm64")),
                effect("imageMount(String,String)", b -> b.imageMount("tools:1", "/tools"), s -> s.files().mounts(), List.of(new Mount.Image("tools:1", "/tools", ""))),
                effect("imageMount(String,String,String)", b -> b.imageMount("tools:1", "/tools", "bin"), s -> s.files().mounts(), List.of(new Mount.Image("tools:1", "/tools", "bin"))),
                effect("sandbox()", ContainerBuilder::sandbox, s -> s.security().sandbox(), true),
                effect("apparmor(String)", b -> b.apparmor("docker-default"), s -> s.security().labels().apparmor(), "docker-default"),
                effect("selinux(String)", b -> b.selinux("u:r:t:s0"), s -> s.security().labels().selinux(), "u:r:t:s0"),
                effect("sandbox(SandboxTier)", b -> b.sandbox(SandboxTier.NAMESPACES), s -> s.security().sandbox() + " " + s.security().least(), "true NAMESPACES"),
                effect("userns(UserNamespace)", b -> b.userns(UserNamespace.auto()), s -> s.security().users(), UserNamespace.auto()),
                effect("waitFor(Readiness[])", b -> b.waitFor(Readiness.port(80)).waitFor(Readiness.log("up", 2)), s -> s.life().readiness(),
                        List.of(Readiness.port(80), Readiness.log("up", 2))),
                effect("health(Consumer)", b -> b.health(h -> h.command("probe", "-q").interval(Duration.ofSeconds(1)).timeout(Duration.ofSeconds(2)).startPeriod(Duration.ofSeconds(3))
                        .startInterval(Duration.ofSeconds(4)).retries(5)), s -> s.life().health(), new HealthCheck(List.of("CMD", "probe", "-q"), Duration.ofSeconds(1),
                        Duration.ofSeconds(2), Duration.ofSeconds(3), Duration.ofSeconds(4), 5)),
                effect("noHealthcheck()", b -> b.health(h -> h.shell("x")).noHealthcheck(), s -> s.life().health(), HealthCheck.NONE),
                effect("restart(RestartPolicy)", b -> b.restart(RestartPolicy.onFailure(3)), s -> s.life().restart(), new RestartPolicy(RestartPolicy.When.ON_FAILURE, 3)),
                effect("detached()", ContainerBuilder::detached, s -> s.life().detached(), true),
                effect("waitTimeout(Duration)", b -> b.waitTimeout(Duration.ofSeconds(5)), s -> s.life().waitTimeout(), Duration.ofSeconds(5)),
                effect("outputLimit(long)", b -> b.outputLimit(1), s -> s.life().outputLimit(), 1L));
    }

    /** What this version does not have is refused by name, with what to use instead. */
    private static final Map<String, Consumer<ContainerBuilder>> REFUSED = Map.of(
            "link(String,String)", b -> b.link("db", "database"),
            "cpuCount(long)", b -> b.cpuCount(2),
            "cpuPercent(long)", b -> b.cpuPercent(50),
            "ioMaxBandwidth(String)", b -> b.ioMaxBandwidth("1m"),
            "ioMaxIops(long)", b -> b.ioMaxIops(9),
            "isolation(String)", b -> b.isolation("hyperv"));

    /** What nothing here could carry out. */
    private static final Map<String, Consumer<ContainerBuilder>> ABSENT = Map.of(
            "gpus(String)", b -> b.gpus("all"),
            "storageOpt(String,String)", b -> b.storageOpt("size", "5g"),
            "useApiSocket()", ContainerBuilder::useApiSocket,
            "volumeDriver(String)", b -> b.volumeDriver("nfs"));

    /** What ends the building, or only looks. */
    private static final Set<String> NOT_OPTIONS = Set.of("spec", "create", "run", "runAsync", "execute", "toString");

    @ParameterizedTest
    @MethodSource("effects")
    void changesTheSpec(Effect effect) {
        ContainerSpec before = effect.from().get().spec();
        ContainerBuilder builder = effect.from().get();
        effect.call().accept(builder);
        ContainerSpec after = builder.spec();
        assertEquals(effect.expected(), effect.part().apply(after));
        assertNotEquals(effect.expected(), effect.part().apply(before), "the expected value is the default: this row shows nothing");
        assertNotEquals(before, after);
    }

    @ParameterizedTest
    @MethodSource("effects")
    void showsWhatWasSaid(Effect effect) {
        ContainerBuilder builder = effect.from().get();
        String before = builder.toString();
        effect.call().accept(builder);
        assertNotEquals(before, builder.toString());
    }

    @Test
    void refusedByNameWithARemedy() {
        java.util.function.BiConsumer<String, Consumer<ContainerBuilder>> refused = (method, call) -> {
            ContainerBuilder builder = IdleEngine.image();
            call.accept(builder);
            InvalidSpec.Problem problem = assertThrows(InvalidSpec.class, builder::spec, method).problems().get(0);
            assertTrue(problem.field().startsWith(method.replaceFirst("\\(.*", "(")), problem.field());
            assertTrue(!problem.why().isEmpty() && !problem.remedy().isEmpty(), problem.toString());
        };
        REFUSED.forEach(refused);
        ABSENT.forEach(refused);
    }

    @Test
    void everyMethodIsHere() {
        Set<String> offered = Arrays.stream(ContainerBuilder.class.getMethods())
                .filter(m -> m.getDeclaringClass() != Object.class && !NOT_OPTIONS.contains(m.getName()))
                .map(BuilderEffectsTest::signature).collect(Collectors.toCollection(TreeSet::new));
        Set<String> tested = effects().map(Effect::method).collect(Collectors.toCollection(TreeSet::new));
        tested.addAll(REFUSED.keySet());
        tested.addAll(ABSENT.keySet());
        assertEquals(offered, tested);
    }

    static String signature(Method method) {
        return method.getName() + Arrays.stream(method.getParameterTypes()).map(Class::getSimpleName).collect(Collectors.joining(",", "(", ")"));
    }

    @Test
    void sourcesOfTheRoot() {
        assertEquals(new RootSource.Image("alpine"), IdleEngine.image().spec().root());
        assertEquals(new RootSource.Directory(Path.of("/srv/root"), false), IdleEngine.rootfs().spec().root());
        assertEquals(new RootSource.HostRoot(List.of()), IdleEngine.hostRoot().spec().root());
        assertTrue(IdleEngine.hostRoot().spec().life().captureChanges(), "hostRoot() is asked for what it changed");
    }

    @Test
    void aSpecIsAValue() {
        byte[] input = {1};
        ContainerBuilder builder = IdleEngine.image().env("A", "1").stdin(input);
        ContainerSpec spec = builder.spec();
        assertEquals(spec, builder.spec());
        assertEquals(spec.hashCode(), builder.spec().hashCode());
        builder.env("B", "2").label("c", "3").tmpfs("/t").capAdd(Capability.BPF);
        input[0] = 2;
        assertEquals(IdleEngine.image().env("A", "1").stdin(new byte[] {1}).spec(), spec);
        assertThrows(UnsupportedOperationException.class, () -> spec.process().env().put("X", "y"));
        assertThrows(UnsupportedOperationException.class, () -> spec.files().mounts().clear());
    }
}
