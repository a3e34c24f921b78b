package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** sandbox(): what it closes, what it leaves to the caller, and what it does not let be opened again. */
class SandboxPresetTest {
    record Weakening(String setting, Consumer<ContainerBuilder> call) {
        @Override
        public String toString() {
            return setting;
        }
    }

    static Stream<Weakening> weakenings() {
        return Stream.of(
                new Weakening("capAdd", b -> b.capAdd(Capability.NET_RAW)),
                new Weakening("privileged()", ContainerBuilder::privileged),
                new Weakening("apparmor(\"unconfined\")", b -> b.apparmor("unconfined")),
                new Weakening("seccompUnconfined()", ContainerBuilder::seccompUnconfined),
                new Weakening("seccomp(Path)", b -> b.seccomp(Path.of("/p.json"))),
                new Weakening("network(\"host\")", ContainerBuilder::networkHost),
                new Weakening("network(\"app\")", b -> b.network("app")),
                new Weakening("egress(…)", b -> b.egress(EgressBuilder::denyAll)),
                new Weakening("device(…)", b -> b.device("/dev/fuse")),
                new Weakening("deviceRule(…)", b -> b.deviceRule("c 1:3 rwm")),
                new Weakening("tty()", ContainerBuilder::tty),
                new Weakening("bestEffort()", ContainerBuilder::bestEffort),
                new Weakening("pids(-1)", b -> b.pids(-1)),
                new Weakening("memorySwap", b -> b.memory("64m").memorySwap("-1")),
                new Weakening("ulimit(FSIZE", b -> b.ulimit(Rlimit.FSIZE, 1, Rlimit.UNLIMITED)),
                new Weakening("bind(…, \"/data\")", b -> b.bind(Path.of("/srv"), "/data")));
    }

    @ParameterizedTest
    @MethodSource("weakenings")
    void whatWouldWeakenItIsRefusedByName(Weakening weakening) {
        for (boolean first : new boolean[] {true, false}) {
            ContainerBuilder builder = IdleEngine.image();
            if (first) {
                weakening.call().accept(builder.sandbox());
            } else {
                weakening.call().accept(builder);
                builder.sandbox();
            }
            InvalidSpec e = assertThrows(InvalidSpec.class, builder::spec);
            assertTrue(e.problems().stream().anyMatch(p -> p.field().startsWith(weakening.setting()) && p.why().contains("would weaken sandbox()") && !p.remedy().isEmpty()),
                    e.getMessage());
        }
    }

    /** What is not to be had without namespaces is refused whatever the host, by name, and what is left is the same spec. */
    @Test
    void theWeakerTierTakesWhatItCanGiveAndNothingElse() {
        ContainerBuilder good = IdleEngine.hostRoot().sandbox(SandboxTier.LANDLOCK).memory("64m").pids(9).timeout(Duration.ofSeconds(1)).workdir("/usr").env("A", "b")
                .bindReadOnly(Path.of("/srv"), "/srv").ulimit(Rlimit.NOFILE, 1, 2).stdin("x").hide(Path.of("/opt"));
        assertEquals(SandboxTier.LANDLOCK, good.spec().security().least());
        assertTrue(good.spec().explain().contains("LANDLOCK ALONE") && !IdleEngine.hostRoot().sandbox().spec().explain().contains("ALONE"), good.spec().explain());
        List<Consumer<ContainerBuilder>> calls = List.of(b -> b.name("n"), b -> b.tmpfs("/x"), b -> b.bindReadOnly(Path.of("/srv"), "/other"), b -> b.volumeReadOnly("v", "/srv"), b -> b.user("5"),
                b -> b.group("5"), ContainerBuilder::init, b -> b.oomScoreAdj(5), b -> b.hostname("h"), b -> b.addHost("h", "127.0.0.1"), b -> b.dns("127.0.0.1"), b -> b.domainName("d"),
                b -> b.userns(UserNamespace.auto()), b -> b.sysctl("net.core.somaxconn", "1"), ContainerBuilder::timeNamespace, ContainerBuilder::ipcNone, b -> b.cpus(1), b -> b.memorySwap("1g"),
                b -> b.cpuset("0"), b -> b.bandwidth("10mbit", "10mbit"), b -> b.logDriver("none", java.util.Map.of()), b -> b.readOnly(ReadOnly.STRICT), b -> b.secret("s", new byte[1]), b -> b.shm("1m"),
                b -> b.volumesFromReadOnly("x"), b -> b.apparmor("p"), b -> b.selinux("u:r:t"));
        for (Consumer<ContainerBuilder> call : calls) {
            ContainerBuilder bad = IdleEngine.hostRoot().sandbox(SandboxTier.LANDLOCK).memory("64m");
            call.accept(bad);
            InvalidSpec e = assertThrows(InvalidSpec.class, bad::spec);
            assertTrue(e.problems().stream().anyMatch(p -> p.why().contains("without namespaces") && !p.remedy().isEmpty()), e.getMessage());
        }
        for (ContainerBuilder root : List.of(IdleEngine.image(), IdleEngine.rootfs())) {
            assertThrows(InvalidSpec.class, root.sandbox(SandboxTier.LANDLOCK)::spec);
        }
    }

    @Test
    void allWeakeningsAreToldAtOnce() {
        InvalidSpec e = assertThrows(InvalidSpec.class, () -> IdleEngine.image().sandbox().privileged().networkHost().capAdd(Capability.SYS_ADMIN).spec());
        assertTrue(e.problems().size() >= 3, e.getMessage());
    }

    @Test
    void writableAndRootOfTheHostToo() {
        assertThrows(InvalidSpec.class, () -> IdleEngine.rootfs().writable().sandbox().spec());
        for (String root : List.of("root", "0", "0:0", "root:root", "00")) {
            assertThrows(InvalidSpec.class, () -> IdleEngine.hostRoot().user(root).sandbox().spec(), root);
        }
    }

    @Test
    void whatIsOpenIsClosed() {
        ContainerSpec spec = IdleEngine.image().sandbox().spec();
        assertEquals(Set.of(Capability.ALL), spec.security().capDrop());
        assertTrue(spec.security().noNewPrivileges());
        assertEquals(UserNamespace.auto(), spec.security().users());
        assertEquals(ReadOnly.VOLATILE, spec.files().readOnly());
        assertEquals("none", spec.network().name());
        assertEquals(List.of(512L << 20, 256L), List.of(spec.resources().memory(), spec.resources().pids()));
        assertEquals(new Rlimit.Value(256L << 20, 256L << 20), spec.process().rlimits().get(Rlimit.FSIZE));
        assertEquals(List.of(Duration.ofSeconds(60), 16L << 20), List.of(spec.life().timeout(), spec.life().outputLimit()));
        ContainerSpec host = IdleEngine.hostRoot().sandbox().spec();
        assertEquals("65534:65534", host.process().user());
        assertTrue(((RootSource.HostRoot) host.root()).hidden().containsAll(List.of(Path.of("/root"), Path.of("/home"), Path.of("/etc/shadow"))));
    }

    @Test
    void whatYouGiveIsKept() {
        UserNamespace mine = UserNamespace.map(5_000_000, 65_536);
        ContainerSpec spec = IdleEngine.image().sandbox().memory("1g").pids(10).timeout(Duration.ofMinutes(5)).outputLimit(1 << 10).user("app").readOnly(ReadOnly.STRICT)
                .userns(mine).tmpfs("/work:size=64m").bindReadOnly(Path.of("/srv/in"), "/in").ulimit(Rlimit.FSIZE, 10, 20).spec();
        assertEquals(List.of(1L << 30, 10L), List.of(spec.resources().memory(), spec.resources().pids()));
        assertEquals(List.of(Duration.ofMinutes(5), 1L << 10), List.of(spec.life().timeout(), spec.life().outputLimit()));
        assertEquals(ReadOnly.STRICT, spec.files().readOnly());
        assertEquals(mine, spec.security().users());
        assertEquals("app", spec.process().user());
        assertEquals(new Rlimit.Value(10, 20), spec.process().rlimits().get(Rlimit.FSIZE));
        assertEquals(spec, IdleEngine.image().memory("1g").pids(10).timeout(Duration.ofMinutes(5)).outputLimit(1 << 10).user("app").readOnly(ReadOnly.STRICT)
                .userns(mine).tmpfs("/work:size=64m").bindReadOnly(Path.of("/srv/in"), "/in").ulimit(Rlimit.FSIZE, 10, 20).sandbox().spec(), "whatever the order");
    }

    @Test
    void explained() {
        assertEquals(String.join(System.lineSeparator(),
                "root      the host's own files, which are never changed; hidden: /root /home /etc/shadow /etc/gshadow /etc/shadow- /etc/gshadow- /etc/ssh /var/spool/cron",
                "writing   only in /run /tmp /var/tmp /var/cache /var/lock, the image's volumes and the mounts below; it goes with the container",
                "mount     the host's /srv/in on /in, read-only",
                "user      user 65534:65534; root inside is nobody in particular on the host",
                "powers    no capabilities; set-uid programs gain none",
                "calls     those of docker's policy; no sockets bound or connected, no signals or abstract sockets beyond the container, no device nodes made (Landlock, where the kernel has it)",
                "network   nothing but its own loopback",
                "limits    512 MiB of memory, 256 processes, files of 256 MiB, 16 MiB of output by execute(), 60.0 s"),
                IdleEngine.hostRoot().sandbox().bindReadOnly(Path.of("/srv/in"), "/in").spec().explain());
        String open = IdleEngine.image().privileged().networkHost().bind(Path.of("/srv"), "/data").spec().explain();
        assertTrue(open.contains("EVERYTHING") && open.contains("the HOST's") && open.contains("WRITABLE") && open.contains("ROOT on the host"), open);
        assertFalse(open.contains("sandbox"), open);
    }
}
