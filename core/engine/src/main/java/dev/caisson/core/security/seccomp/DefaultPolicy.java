package dev.caisson.core.security.seccomp;

import static dev.caisson.core.security.seccomp.Condition.Op.EQ;
import static dev.caisson.core.security.seccomp.Condition.Op.GT;
import static dev.caisson.core.security.seccomp.Condition.Op.LT;
import static dev.caisson.core.security.seccomp.Condition.Op.MASKED_EQ;

import dev.caisson.Capability;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The policy of a container that asks for none: what Docker's default profile decides (moby profiles v0.2.3), for every system call,
 * argument and capability set, except that numbers above the newest known answer ENOSYS and that x32 is refused.
 *
 * <p>Everything not allowed answers EPERM. Programs are compiled once for each architecture and set of capabilities that makes a
 * difference, and kept as long as this object.
 */
public final class DefaultPolicy {
    private static final int AF_ALG = 38;
    private static final int AF_NFC = 39;
    private static final int AF_VSOCK = 40;

    /** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET; what clone(2) takes as flags of new namespaces (linux/sched.h). */
    private static final long CLONE_NAMESPACES = 0x7E020000L;

    /** PER_LINUX, PER_LINUX32, UNAME26, both, and the value that only asks (linux/personality.h). */
    private static final long[] PERSONALITIES = {0x0, 0x8, 0x20000, 0x20008, 0xffffffffL};

    /** What a capability opens besides. */
    private static final Map<Capability, String> BY_CAPABILITY = Map.ofEntries(
            Map.entry(Capability.DAC_READ_SEARCH, "open_by_handle_at"),
            Map.entry(Capability.SYS_ADMIN, """
                    bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules
                    lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname
                    setns syslog umount umount2 unshare"""),
            Map.entry(Capability.SYS_BOOT, "reboot"),
            Map.entry(Capability.SYS_CHROOT, "chroot"),
            Map.entry(Capability.SYS_MODULE, "delete_module finit_module init_module"),
            Map.entry(Capability.SYS_PACCT, "acct"),
            Map.entry(Capability.SYS_PTRACE, "kcmp pidfd_getfd process_madvise"),
            Map.entry(Capability.SYS_RAWIO, "ioperm iopl"),
            Map.entry(Capability.SYS_TIME, "clock_settime clock_settime64 settimeofday stime"),
            Map.entry(Capability.SYS_TTY_CONFIG, "vhangup"),
            Map.entry(Capability.SYS_NICE, "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"),
            Map.entry(Capability.SYSLOG, "syslog"),
            Map.entry(Capability.BPF, "bpf"),
            Map.entry(Capability.PERFMON, "perf_event_open"));

    private static final long DECISIVE = decisive();

    /** For each architecture, by the bits of the decisive capabilities. */
    private final Map<Arch, Map<Long, SeccompProgram>> programs = new EnumMap<>(Arch.class);

    public DefaultPolicy() {
        for (Arch arch : Arch.values()) {
            programs.put(arch, new ConcurrentHashMap<>());
        }
    }

    /**
     * The filter for a container.
     *
     * @param arch the machine's own architecture; its 32-bit one is always filtered with it
     * @param capabilities the container's bounding set, a bit per {@link Capability#number()}
     */
    public SeccompProgram program(Arch arch, long capabilities) {
        long decisive = capabilities & DECISIVE;
        Map<Long, SeccompProgram> compiled = programs.get(arch);
        SeccompProgram program = compiled.get(decisive);
        if (program == null) {
            program = SeccompCompiler.compile(profile(arch, decisive));
            compiled.put(decisive, program);
        }
        return program;
    }

    private static long decisive() {
        long mask = 0;
        for (Capability capability : BY_CAPABILITY.keySet()) {
            mask |= 1L << capability.number();
        }
        return mask;
    }

    static SeccompProfile profile(Arch arch, long capabilities) {
        List<Rule> rules = new ArrayList<>();
        for (String group : DefaultSyscalls.ALLOWED) {
            rules.add(Rule.of(group, Action.ALLOW));
        }
        for (Map.Entry<Capability, String> opened : BY_CAPABILITY.entrySet()) {
            if ((capabilities >>> opened.getKey().number() & 1) != 0) {
                rules.add(Rule.of(opened.getValue(), Action.ALLOW));
            }
        }
        rules.add(Rule.of("socket", Action.ALLOW, Condition.of(0, LT, AF_ALG)));
        rules.add(Rule.of("socket", Action.ALLOW, Condition.of(0, EQ, AF_NFC)));
        rules.add(Rule.of("socket", Action.ALLOW, Condition.of(0, GT, AF_VSOCK)));
        for (long personality : PERSONALITIES) {
            rules.add(Rule.of("personality", Action.ALLOW, Condition.of(0, EQ, personality)));
        }
        // With CAP_SYS_ADMIN the rules above already allow both without conditions, and the first such rule holds. clone3 hides its flags
        // behind a pointer; on ENOSYS a C library takes clone instead.
        rules.add(Rule.of("clone", Action.ALLOW, new Condition(0, MASKED_EQ, CLONE_NAMESPACES, 0)));
        rules.add(Rule.of("clone3", Action.ENOSYS));
        return new SeccompProfile(Action.EPERM, arch.family(), rules, SeccompProfile.FLAG_SPEC_ALLOW, List.of());
    }
}
