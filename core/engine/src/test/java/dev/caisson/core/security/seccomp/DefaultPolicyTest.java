package dev.caisson.core.security.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Capability;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The default policy against Docker's profile and the real libseccomp: rows 51, 52, 53, 55, 56, 57 and 58 of the attack table. */
class DefaultPolicyTest {
    private static final long DOCKER = caps(Capability.CHOWN, Capability.DAC_OVERRIDE, Capability.FSETID, Capability.FOWNER, Capability.MKNOD,
            Capability.NET_RAW, Capability.SETGID, Capability.SETUID, Capability.SETFCAP, Capability.SETPCAP, Capability.NET_BIND_SERVICE,
            Capability.SYS_CHROOT, Capability.KILL, Capability.AUDIT_WRITE);

    /** The calls that are newer than libseccomp 2.5.4, and the capability that opens them. */
    static final Map<String, String> NEWER = Map.ofEntries(Map.entry("uretprobe", "ALLOW"), Map.entry("uprobe", "EPERM"),
            Map.entry("statmount", "ALLOW"), Map.entry("listmount", "ALLOW"), Map.entry("mseal", "ALLOW"), Map.entry("setxattrat", "ALLOW"),
            Map.entry("getxattrat", "ALLOW"), Map.entry("listxattrat", "ALLOW"), Map.entry("removexattrat", "ALLOW"),
            Map.entry("lsm_get_self_attr", "SYS_ADMIN"), Map.entry("lsm_set_self_attr", "SYS_ADMIN"), Map.entry("lsm_list_modules", "SYS_ADMIN"),
            Map.entry("open_tree_attr", "EPERM"), Map.entry("file_getattr", "EPERM"), Map.entry("file_setattr", "EPERM"));

    private static final String NEVER = "userfaultfd keyctl add_key request_key io_uring_setup io_uring_enter io_uring_register swapon swapoff kexec_load kexec_file_load "
            + "pivot_root move_pages migrate_pages nfsservctl vm86 vm86old uselib ustat sysfs _sysctl create_module query_module open_tree_attr file_getattr file_setattr";
    private static final Map<String, Long> GATED = Map.ofEntries(Map.entry("bpf", caps(Capability.SYS_ADMIN, Capability.BPF)),
            Map.entry("perf_event_open", caps(Capability.SYS_ADMIN, Capability.PERFMON)), Map.entry("kcmp", caps(Capability.SYS_PTRACE)), Map.entry("pidfd_getfd", caps(Capability.SYS_PTRACE)),
            Map.entry("lookup_dcookie", caps(Capability.SYS_ADMIN)), Map.entry("quotactl", caps(Capability.SYS_ADMIN)), Map.entry("syslog", caps(Capability.SYS_ADMIN, Capability.SYSLOG)),
            Map.entry("acct", caps(Capability.SYS_PACCT)), Map.entry("init_module", caps(Capability.SYS_MODULE)), Map.entry("finit_module", caps(Capability.SYS_MODULE)),
            Map.entry("delete_module", caps(Capability.SYS_MODULE)), Map.entry("iopl", caps(Capability.SYS_RAWIO)), Map.entry("ioperm", caps(Capability.SYS_RAWIO)),
            Map.entry("chroot", caps(Capability.SYS_CHROOT)), Map.entry("set_mempolicy", caps(Capability.SYS_NICE)), Map.entry("reboot", caps(Capability.SYS_BOOT)),
            Map.entry("settimeofday", caps(Capability.SYS_TIME)), Map.entry("open_by_handle_at", caps(Capability.DAC_READ_SEARCH)), Map.entry("mount", caps(Capability.SYS_ADMIN)),
            Map.entry("umount2", caps(Capability.SYS_ADMIN)), Map.entry("setns", caps(Capability.SYS_ADMIN)), Map.entry("unshare", caps(Capability.SYS_ADMIN)),
            Map.entry("fsopen", caps(Capability.SYS_ADMIN)), Map.entry("open_tree", caps(Capability.SYS_ADMIN)), Map.entry("move_mount", caps(Capability.SYS_ADMIN)));

    @TempDir
    Path directory;

    private final DefaultPolicy policy = new DefaultPolicy();

    private static long caps(Capability... capabilities) {
        long mask = 0;
        for (Capability capability : capabilities) {
            mask |= 1L << capability.number();
        }
        return mask;
    }

    private static List<Long> capabilitySets() {
        List<Long> sets = new ArrayList<>(List.of(0L, DOCKER, -1L >>> 64 - 41, ~caps(Capability.SYS_ADMIN) & -1L >>> 64 - 41));
        for (Capability capability : Capability.values()) {
            if (capability != Capability.ALL) {
                sets.add(caps(capability));
            }
        }
        return sets;
    }

    @ParameterizedTest
    @EnumSource(names = {"X86_64", "AARCH64"})
    void decidesAsDockersProfileCompiledByLibseccomp(Arch machine) throws Exception {
        byte[] json = MobyProfile.json();
        Libseccomp libseccomp = Libseccomp.in(directory);
        for (long capabilities : capabilitySets()) {
            SeccompProfile docker = MobyProfile.flatten(json, machine, capabilities);
            BpfSimulator theirs = libseccomp.filter(docker);
            BpfSimulator ours = new BpfSimulator(policy.program(machine, capabilities).instructions());
            List<long[]> arguments = Calls.arguments(docker);
            for (Arch arch : machine.family()) {
                for (int number : Calls.NUMBERS) {
                    if (ReferenceEvaluator.unknown(arch, number) || newer(arch, number)) {
                        continue;
                    }
                    for (long[] args : arguments) {
                        assertEquals(theirs.run(arch.audit(), number, args), ours.run(arch.audit(), number, args),
                                () -> arch + " " + SyscallTable.get().name(arch, number) + " " + number + " of " + Long.toHexString(args[0])
                                        + " with capabilities " + Long.toHexString(capabilities));
                    }
                }
            }
        }
    }

    /** Row 56 by name, as the attack table has it, where Docker's profile is not at hand: what no capability opens, and what some do. */
    @ParameterizedTest
    @EnumSource(names = {"X86_64", "AARCH64"})
    void oldAndRareCallsAreDeniedOrComeWithACapability(Arch machine) {
        int known = 0;
        for (long capabilities : capabilitySets()) {
            BpfSimulator ours = new BpfSimulator(policy.program(machine, capabilities).instructions());
            for (Arch arch : machine.family()) {
                for (String name : NEVER.split(" ")) {
                    known += decides(ours, arch, name, Action.EPERM);
                }
                for (Map.Entry<String, Long> gated : GATED.entrySet()) {
                    known += decides(ours, arch, gated.getKey(), (capabilities & gated.getValue()) != 0 ? Action.ALLOW : Action.EPERM);
                }
            }
        }
        assertTrue(known > 60 * capabilitySets().size(), known + " of them are known");
    }

    private static int decides(BpfSimulator filter, Arch arch, String name, Action expected) {
        OptionalInt number = SyscallTable.get().number(arch, name);
        number.ifPresent(n -> assertEquals(expected.value(), filter.run(arch.audit(), n), () -> arch + " " + name));
        return number.isPresent() ? 1 : 0;
    }

    private static boolean newer(Arch arch, int number) {
        return NEWER.containsKey(SyscallTable.get().name(arch, number).orElse(""));
    }

    @ParameterizedTest
    @EnumSource(names = {"X86_64", "AARCH64"})
    void decidesAsWrittenWhatLibseccompDoesNotKnow(Arch machine) {
        for (long capabilities : capabilitySets()) {
            BpfSimulator ours = new BpfSimulator(policy.program(machine, capabilities).instructions());
            NEWER.forEach((name, who) -> {
                for (Arch arch : machine.family()) {
                    OptionalInt number = SyscallTable.get().number(arch, name);
                    boolean allowed = who.equals("ALLOW")
                            || who.equals("SYS_ADMIN") && (capabilities >>> Capability.SYS_ADMIN.number() & 1) != 0;
                    number.ifPresent(n -> assertEquals((allowed ? Action.ALLOW : Action.EPERM).value(), ours.run(arch.audit(), n), name));
                }
            });
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"X86_64", "AARCH64"})
    void numbersThatNobodyKnowsAndX32AnswerEnosys(Arch machine) {
        for (long capabilities : List.of(0L, DOCKER, -1L)) {
            BpfSimulator ours = new BpfSimulator(policy.program(machine, capabilities).instructions());
            for (Arch arch : machine.family()) {
                for (int number : Calls.NUMBERS) {
                    if (ReferenceEvaluator.unknown(arch, number)) {
                        assertEquals(Action.ENOSYS.value(), ours.run(arch.audit(), number), arch + " " + number);
                    }
                }
            }
            assertEquals(Action.ENOSYS.value(), ours.run(machine.audit(), 470));
            assertEquals(Action.ENOSYS.value(), ours.run(machine.audit(), 0x40000000));
        }
    }

    @Test
    void anArchitectureThatIsNotOursKillsTheThread() {
        BpfSimulator ours = new BpfSimulator(policy.program(Arch.X86_64, 0).instructions());
        assertEquals(Action.KILL_THREAD.value(), ours.run(Arch.AARCH64.audit(), 0));
        assertEquals(Action.KILL_THREAD.value(), ours.run(0, 0));
    }

    @ParameterizedTest
    @EnumSource(names = {"X86_64", "AARCH64"})
    void everyNameOfThePolicyIsKnown(Arch machine) {
        assertEquals(List.of(), policy.program(machine, -1L).ignoredNames());
    }

    @Test
    void aProgramIsCompiledOncePerDifferenceThatMatters() {
        SeccompProgram program = policy.program(Arch.X86_64, DOCKER);
        assertSame(program, policy.program(Arch.X86_64, DOCKER | caps(Capability.NET_ADMIN)));
        assertNotEquals(program, policy.program(Arch.X86_64, DOCKER | caps(Capability.SYS_TIME)));
    }

    /** The kernel runs the program for every number at load: this bounds what it costs. */
    @Test
    void theTreeIsShallowAndTheProgramSmall() {
        SeccompProgram program = policy.program(Arch.X86_64, DOCKER);
        BpfSimulator ours = new BpfSimulator(program.instructions());
        int deepest = 0;
        for (int number = 0; number < 470; number++) {
            ours.run(Arch.X86_64.audit(), number, 0x7fffffffffffffffL);
            deepest = Math.max(deepest, ours.steps());
        }
        assertTrue(deepest <= 20, "deepest path " + deepest);
        assertTrue(program.length() <= 400, program.length() + " instructions");
    }
}
