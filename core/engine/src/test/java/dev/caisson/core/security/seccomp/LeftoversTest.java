package dev.caisson.core.security.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.core.landlock.Leftovers;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The second filter of a sandbox without namespaces, on both machines and their 32-bit calls; without Landlock's scopes, which this kernel may have, too. */
class LeftoversTest {
    private static final int ALLOW = 0x7fff0000;
    private static final int EACCES = 0x50000 | 13;
    private static final int EPERM = 0x50000 | 1;

    private static void decides(int expected, Arch machine, boolean scopes, String call, long... arguments) {
        BpfSimulator filter = new BpfSimulator(Leftovers.program(machine, scopes).instructions());
        for (Arch arch : machine.family()) {
            SyscallTable.get().number(arch, call).ifPresent(number -> assertEquals(expected, filter.run(arch.audit(), number, arguments), arch + " " + call));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"X86_64", "AARCH64"})
    void whatNamespacesKeepApartElsewhereIsDenied(Arch machine) {
        for (boolean scopes : new boolean[] {true, false}) {
            for (String call : List.of("socket", "socketcall", "ipc", "shmget", "shmat", "semget", "msgget", "mq_open", "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchownat", "utimensat",
                    "setxattr", "fsetxattr", "removexattr", "inotify_add_watch", "ioprio_set", "sched_setattr")) {
                decides(EACCES, machine, scopes, call);
            }
            for (String call : List.of("prlimit64", "sched_setaffinity", "sched_setscheduler", "migrate_pages")) {
                decides(ALLOW, machine, scopes, call, 0);
                decides(EPERM, machine, scopes, call, 4711);
            }
            decides(ALLOW, machine, scopes, "setpriority", 0, 0);
            decides(EPERM, machine, scopes, "setpriority", 0, 4711);
            for (String call : List.of("read", "openat", "execve", "clone", "socketpair", "mmap", "rename", "unlinkat", "mkdirat", "exit_group")) {
                decides(ALLOW, machine, scopes, call, 1, 2, 3);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"X86_64", "AARCH64"})
    void signalsGoNowhereWhereLandlockDoesNotKnowThem(Arch machine) {
        for (String call : List.of("tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal")) {
            decides(EPERM, machine, false, call, 4711);
            decides(ALLOW, machine, true, call, 4711);
        }
        decides(EPERM, machine, false, "kill", 4711);
        decides(EPERM, machine, false, "kill", -1);
        decides(ALLOW, machine, false, "kill", 0);
        decides(ALLOW, machine, true, "kill", 4711);
        for (long setOwner : new long[] {8, 15}) {
            decides(EPERM, machine, false, "fcntl", 3, setOwner, 4711);
            decides(ALLOW, machine, true, "fcntl", 3, setOwner, 4711);
        }
        decides(ALLOW, machine, false, "fcntl", 3, 1);
    }
}
