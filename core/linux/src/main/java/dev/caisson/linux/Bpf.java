package dev.caisson.linux;

/** The part of bpf(2) that guards device nodes on cgroup v2. Needs CAP_SYS_ADMIN, or CAP_BPF and CAP_NET_ADMIN. */
public final class Bpf {
    /** Programs of ancestors count too; one attached below can only forbid more. */
    public static final int ALLOW_MULTI = 2;

    private static final int BPF = Abi.X86_64 ? 321 : 280;
    private static final int PROG_LOAD = 5;
    private static final int PROG_ATTACH = 8;
    private static final int PROG_TYPE_CGROUP_DEVICE = 15;
    private static final int ATTACH_CGROUP_DEVICE = 6;
    /** {@code union bpf_attr} of the first kernel with such programs, 4.15; a shorter one than the kernel's own is always taken. */
    private static final int ATTR_SIZE = 72;
    private static final int LOG_SIZE = 4096;

    private Bpf() {}

    /**
     * Loads a program of type {@code BPF_PROG_TYPE_CGROUP_DEVICE}.
     *
     * @param instructions array of {@code struct bpf_insn}
     * @throws SyscallException EPERM without privilege, EINVAL or EACCES with the verifier's words for a program it refuses
     */
    public static Fd loadDeviceFilter(byte[] instructions) {
        long result = load(instructions, false);
        // The verifier's log costs time and can itself fail (ENOSPC): only asked for once there is something to say.
        if (result == -Errno.EINVAL || result == -Errno.EACCES) {
            result = load(instructions, true);
        }
        if (result < 0) {
            throw new SyscallException("bpf", "BPF_PROG_LOAD, BPF_PROG_TYPE_CGROUP_DEVICE", (int) -result, "");
        }
        return Fd.adopt((int) result);
    }

    private static long load(byte[] instructions, boolean explain) {
        Arena arena = Arena.begin();
        int attr = arena.alloc(ATTR_SIZE);
        int code = arena.reserve(instructions.length);
        arena.memory.put(code, instructions);
        arena.memory.putInt(attr, PROG_TYPE_CGROUP_DEVICE).putInt(attr + 4, instructions.length / 8);
        arena.memory.putLong(attr + 8, arena.base + code).putLong(attr + 16, arena.string("Apache-2.0"));
        int log = explain ? arena.alloc(LOG_SIZE) : 0;
        if (explain) {
            arena.memory.putInt(attr + 24, 1).putInt(attr + 28, LOG_SIZE).putLong(attr + 32, arena.base + log);
        }
        long result = Kernel.raw(BPF, PROG_LOAD, arena.base + attr, ATTR_SIZE, 0, 0, 0);
        if (explain && result < 0) {
            String words = new String(arena.copy(log, LOG_SIZE), java.nio.charset.StandardCharsets.US_ASCII).replace("\0", "").strip();
            throw new SyscallException("bpf", "BPF_PROG_LOAD, BPF_PROG_TYPE_CGROUP_DEVICE", (int) -result, words);
        }
        return result;
    }

    /** Attaches a device program to a cgroup, which must be open for reading (not O_PATH). */
    public static void attachDeviceFilter(Fd program, Fd cgroup, int flags) {
        Arena arena = Arena.begin();
        int attr = arena.alloc(ATTR_SIZE);
        arena.memory.putInt(attr, cgroup.value()).putInt(attr + 4, program.value());
        arena.memory.putInt(attr + 8, ATTACH_CGROUP_DEVICE).putInt(attr + 12, flags);
        long result = Kernel.raw(BPF, PROG_ATTACH, arena.base + attr, ATTR_SIZE, 0, 0, 0);
        if (result < 0) {
            throw new SyscallException("bpf", "BPF_PROG_ATTACH, BPF_CGROUP_DEVICE, " + cgroup, (int) -result);
        }
    }
}
