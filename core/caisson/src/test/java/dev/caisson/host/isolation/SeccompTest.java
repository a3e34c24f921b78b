package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The system call filter as a container meets it. Rows 51 to 58. */
class SeccompTest extends EngineTest {
    private static final List<String> KINDS = List.of("newns", "newcgroup", "newuts", "newipc", "newuser", "newpid", "newnet");
    /** Denied to all but those with a capability for it; harmless arguments let through answer something else than EPERM. */
    private static final List<String> DENIED = List.of("io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd", "bpf", "perf_event_open", "keyctl", "add_key",
            "request_key", "kexec_load", "init_module", "delete_module", "swapon", "swapoff", "acct", "quotactl", "reboot", "syslog", "settimeofday", "clock_settime", "sethostname",
            "kcmp", "pidfd_getfd", "move_pages", "migrate_pages", "open_by_handle_at", "fanotify_init");

    @Test
    void noNamespaceCanBeMade() {
        // Row 51; and clone3, whose flags no filter can see, is answered as if it were not there, so that the C library falls back.
        Observation seen = observe(tiny(), "unshare", "+", "clone");
        KINDS.forEach(kind -> assertEquals("EPERM", seen.get("unshare." + kind), kind));
        KINDS.forEach(kind -> assertEquals("EPERM", seen.get("clone." + kind), kind));
        assertEquals("EPERM", seen.get("unshare.newtime"));
        assertEquals("ENOSYS", seen.get("clone3"));
        assertEquals("EPERM", seen.get("setns"));
        Observation user = observe(tiny().user("1000"), "unshare", "+", "clone");
        assertEquals("EPERM", user.get("unshare.newuser"), "by the filter: the kernel would let any user");
        assertEquals("ok", observe(tiny().user("1000").seccompUnconfined(), "unshare").get("unshare.newuser"), "the control");
        Observation control = observe(tiny().privileged(), "unshare", "+", "clone");
        KINDS.forEach(kind -> assertTrue(control.ok("unshare." + kind) && control.ok("clone." + kind), "the control: " + kind));
        assertTrue(control.ok("clone3"), "the control");
    }

    @Test
    void socketFamiliesWithAHistoryAreDenied() {
        // Row 52: EPERM exactly; that the kernel lacks one would be EAFNOSUPPORT.
        Observation seen = observe(tiny(), "sockets");
        assertEquals("EPERM", seen.get("socket.alg"));
        assertEquals("EPERM", seen.get("socket.vsock"));
        for (String family : List.of("unix", "inet", "inet6", "inet.raw", "inet.ping", "netlink", "packet")) {
            assertEquals("ok", seen.get("socket." + family), family);
        }
        Observation control = observe(tiny().seccompUnconfined(), "sockets");
        assertNotEquals("EPERM", control.get("socket.alg"), "the control");
        assertEquals("ok", control.get("socket.vsock"), "the control");
    }

    @Test
    void oldAndRareCallsAreDenied() {
        Observation seen = observe(tiny(), "syscalls");
        DENIED.forEach(call -> assertEquals("EPERM", seen.get("syscall." + call), call));
        assertEquals("ENOSYS", seen.get("syscall.unknown"), "row 58: a call newer than the policy looks missing, not forbidden");
        assertTrue(seen.ok("syscall.personality"), "the control: what docker allows is allowed");
        Observation control = observe(tiny().seccompUnconfined().capAdd(Capability.ALL), "syscalls");
        List<String> let = DENIED.stream().filter(call -> !control.get("syscall." + call).equals("EPERM")).toList();
        assertTrue(let.size() >= DENIED.size() - 4, "the control: without a filter nearly all of them are let through: " + let);
    }

    @Test
    void aCapabilityOpensWhatDependsOnIt() {
        // Row 56: the table of moby, where a call comes with a capability.
        Map<Capability, String> gated = Map.of(Capability.SYS_TIME, "settimeofday", Capability.SYS_BOOT, "reboot", Capability.SYS_PACCT, "acct", Capability.SYSLOG, "syslog",
                Capability.SYS_MODULE, "delete_module", Capability.SYS_PTRACE, "kcmp", Capability.DAC_READ_SEARCH, "open_by_handle_at");
        Observation without = observe(tiny(), "syscalls");
        gated.forEach((capability, call) -> {
            assertEquals("EPERM", without.get("syscall." + call), call);
            assertNotEquals("EPERM", observe(tiny().capAdd(capability), "syscalls").get("syscall." + call), capability + " opens " + call);
        });
    }

    @Test
    void theOtherInterfacesOfTheProcessorAreNoWayAround() {
        // Row 57: x32 numbers are those of the native ABI with bit 30 set.
        Observation seen = observe(tiny(), "syscall", "0x40000000", "+", "syscall", Long.toString(0x40000000L + 250), "0");
        assertTrue(List.of("ENOSYS", "EPERM").contains(seen.get("syscall.0x40000000")), seen.values()::toString);
        assertTrue(List.of("ENOSYS", "EPERM").contains(seen.get("syscall." + (0x40000000L + 250))), seen.values()::toString);
    }

    /** Row 57: a 64-bit program may make i386's calls, too, whose numbers mean others: 310 unshare, 359 socket, 288 keyctl, 102 socketcall. */
    @Test
    void theNumbersOfI386AreNoWayAround() {
        String[] attack = {"i386", "20", "+", "i386", "310", "0x10000000", "+", "i386", "359", "38", "2", "0", "+", "i386", "288", "-1", "+", "i386", "435", "0", "0", "+", "i386", "21", "0", "0"};
        Observation seen = observe(tiny(), attack);
        Observation control = observe(tiny().privileged(), attack);
        if (control.get("i386.20").equals("signal 11")) {
            for (String call : List.of("20", "310", "359", "288", "435", "21")) {
                assertEquals("signal 11", seen.get("i386." + call), "this kernel runs no i386 programs: .ci/second-kernel's does");
            }
            return;
        }
        assertTrue(seen.ok("i386.20"), "getpid is allowed there, too");
        for (String call : List.of("310", "359", "288", "21")) {
            assertEquals("EPERM", seen.get("i386." + call), call);
        }
        assertEquals("ENOSYS", seen.get("i386.435"), "clone3");
        assertTrue(control.ok("i386.310"), "the control");
        for (String call : List.of("359", "288", "435")) {
            assertNotEquals("EPERM", control.get("i386." + call), "the control: " + call);
        }
    }

    @Test
    void execMeetsTheSameFilter() {
        try (Container container = tiny().command(observer("sleep", "60")).run()) {
            Observation seen = observeIn(container, "syscalls", "+", "sockets", "+", "unshare");
            DENIED.forEach(call -> assertEquals("EPERM", seen.get("syscall." + call), call));
            assertEquals("EPERM", seen.get("socket.alg"));
            assertEquals("EPERM", seen.get("unshare.newuser"));
        }
    }

    @Test
    void aProfileOfTheCallersIsTheFilter() throws IOException {
        Path profile = directory.resolve("profile.json");
        Files.writeString(profile, """
                {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
                 "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}
                """);
        Observation seen = observe(tiny().seccomp(profile), "mkdir", "/made", "+", "syscalls");
        assertEquals("EOPNOTSUPP", seen.get("mkdir./made"));
        assertNotEquals("EPERM", seen.get("syscall.keyctl"), "nothing of the default policy is left");
        assertTrue(observe(tiny(), "mkdir", "/made").ok("mkdir./made"), "the control");
    }
}
