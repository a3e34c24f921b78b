package dev.caisson.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds out what this host can do by trying it, never by the kernel's version: distributions backport and forbid. */
public final class HostProbe {
    private static final int SECCOMP_GET_ACTION_AVAIL = 2;
    private static final int SECCOMP_RET_ERRNO = 0x00050000;
    private static final int SECCOMP_RET_USER_NOTIF = 0x7fc00000;
    private static final int LANDLOCK_CREATE_RULESET_VERSION = 1;
    private static final int PIDFD_GET_MNT_NAMESPACE = 0xFF03; // _IO(0xFF, 3)

    /** Options of a v1 superblock that are no controllers. */
    private static final Set<String> NOT_CONTROLLERS =
            Set.of("rw", "ro", "xattr", "noprefix", "clone_children", "cpuset_v2_mode", "favordynmods", "none");

    private HostProbe() {}

    public static HostFacts probe() {
        Map<String, String> status = status();
        Map<String, String> controllers = controllers();
        return new HostFacts(
                line("/proc/sys/kernel/osrelease", "unknown"), Abi.X86_64 ? "x86_64" : "aarch64", pageSize(),
                mode(controllers), controllers, ownCgroups(),
                hex(status.get("CapEff")), hex(status.get("CapBnd")),
                Integer.parseInt(line("/proc/sys/kernel/cap_last_cap", "40")),
                Integer.parseInt(line("/proc/sys/vm/memfd_noexec", "0")), probes());
    }

    private static List<Probe> probes() {
        List<Probe> probes = new ArrayList<>();
        probes.add(descriptor("openat2", "openat2(., RESOLVE_NO_MAGICLINKS)",
                () -> FileCalls.openat2(Fd.CWD, ".", Fcntl.O_PATH, 0, Fcntl.RESOLVE_NO_MAGICLINKS)));
        probes.add(descriptor("pidfd", "pidfd_open of this process", () -> Processes.pidfdOpen(Processes.getpid())));
        probes.add(descriptor("open_tree", "open_tree(/)", () -> Mounts.openTree(Fd.CWD, "/", 0)));
        probes.add(descriptor("overlay", "fsopen(overlay)", () -> Mounts.fsopen("overlay")));
        // Arguments that the call itself refuses with EINVAL: an answer of the call, not of its absence.
        probes.add(refused("clone3", "clone3 of size 0", Kernel.raw(Nr.CLONE3, 0, 0, 0, 0, 0, 0)));
        probes.add(refused("close_range", "close_range of an empty range", Kernel.raw(Nr.CLOSE_RANGE, 1, 0, 0, 0, 0, 0)));
        probes.add(refused("mount_setattr", "mount_setattr of size 0", Kernel.raw(Nr.MOUNT_SETATTR, -1, 0, 0, 0, 0, 0)));
        probes.add(refused("move_mount", "move_mount with unknown flags", Kernel.raw(Nr.MOVE_MOUNT, -1, 0, -1, 0, -1, 0)));
        probes.add(seccomp("seccomp", SECCOMP_RET_ERRNO));
        probes.add(seccomp("seccomp user notification", SECCOMP_RET_USER_NOTIF));
        probes.add(descriptor("memfd", "memfd_create(MFD_EXEC)", () -> Processes.memfdCreate("probe", Processes.MFD_ALLOW_SEALING | Processes.MFD_EXEC)));
        probes.add(landlock());
        probes.add(idmap());
        probes.add(copy());
        probes.add(mountNamespace());
        for (Namespaces.Kind kind : List.of(Namespaces.Kind.MNT, Namespaces.Kind.PID, Namespaces.Kind.IPC, Namespaces.Kind.UTS, Namespaces.Kind.NET, Namespaces.Kind.CGROUP)) {
            probes.add(namespace(kind.proc(), kind, "/proc/sys/user/max_" + kind.proc() + "_namespaces"));
        }
        probes.add(namespace("userns", Namespaces.Kind.USER, "/proc/sys/user/max_user_namespaces"));
        probes.add(namespace("timens", Namespaces.Kind.TIME, "/proc/sys/user/max_time_namespaces"));
        return List.copyOf(probes);
    }

    private interface Opening {
        Fd open();
    }

    private static Probe descriptor(String name, String how, Opening opening) {
        try (Fd ignored = opening.open()) {
            return Probe.yes(name, how, "");
        } catch (SyscallException e) {
            return Probe.no(name, how, e.errno());
        }
    }

    private static Probe refused(String name, String how, long result) {
        return result == -Errno.EINVAL ? Probe.yes(name, how, "") : Probe.no(name, how, (int) -result);
    }

    private static Probe seccomp(String name, int action) {
        Arena arena = Arena.begin();
        int at = arena.alloc(4);
        arena.memory.putInt(at, action);
        long result = Kernel.raw(Nr.SECCOMP, SECCOMP_GET_ACTION_AVAIL, 0, arena.base + at, 0, 0, 0);
        return result == 0 ? Probe.yes(name, "SECCOMP_GET_ACTION_AVAIL", "") : Probe.no(name, "SECCOMP_GET_ACTION_AVAIL", (int) -result);
    }

    private static Probe landlock() {
        long abi = Kernel.raw(Nr.LANDLOCK_CREATE_RULESET, 0, 0, LANDLOCK_CREATE_RULESET_VERSION, 0, 0, 0);
        String how = "LANDLOCK_CREATE_RULESET_VERSION";
        return abi > 0 ? Probe.yes("landlock", how, "ABI " + abi) : Probe.no("landlock", how, (int) -abi);
    }

    /** The initial user namespace is refused as EPERM by a kernel that knows the attribute, as EINVAL by one that does not. */
    private static Probe idmap() {
        String how = "MOUNT_ATTR_IDMAP with the user namespace of this process";
        if (Worker.present()) {
            return Probe.no("idmapped mounts", how, Errno.EPERM); // mount_setattr(2): the file system's own root alone
        }
        try (Fd userns = Namespaces.current(Namespaces.Kind.USER); Fd tree = Mounts.openTree(Fd.CWD, "/", MountFlags.OPEN_TREE_CLONE)) {
            Mounts.mountSetattr(tree, "", Fcntl.AT_EMPTY_PATH, MountFlags.MOUNT_ATTR_IDMAP, 0, 0, userns.value());
            return Probe.yes("idmapped mounts", how, "");
        } catch (SyscallException e) {
            boolean known = e.call().equals("mount_setattr") && e.is(Errno.EPERM);
            return known ? Probe.yes("idmapped mounts", how, "the file system decides") : Probe.no("idmapped mounts", how, e.errno());
        }
    }

    private static Probe copy() {
        String how = "open_tree(OPEN_TREE_CLONE) of such a tree";
        try (Fd tree = detached();
                Fd copy = Mounts.openTree(tree, "", MountFlags.OPEN_TREE_CLONE | Fcntl.AT_EMPTY_PATH)) {
            return Probe.yes("copy of a detached mount", how, "");
        } catch (SyscallException e) {
            return Probe.no("copy of a detached mount", how, e.errno());
        }
    }

    /** In a user namespace the root cannot be cloned alone: what is mounted below it would come to light. */
    private static Fd detached() {
        if (!Worker.present()) {
            return Mounts.openTree(Fd.CWD, "/", MountFlags.OPEN_TREE_CLONE);
        }
        try (Fd fs = Mounts.fsopen("tmpfs")) {
            Mounts.fsconfigCreate(fs);
            return Mounts.fsmount(fs, 0);
        }
    }

    private static Probe mountNamespace() {
        String name = "mount namespace of a pidfd";
        try (Fd pidfd = Processes.pidfdOpen(Processes.getpid())) {
            long result = Kernel.raw(Nr.IOCTL, pidfd.value(), PIDFD_GET_MNT_NAMESPACE, 0, 0, 0, 0);
            if (result < 0) {
                return Probe.no(name, "ioctl PIDFD_GET_MNT_NAMESPACE", (int) -result);
            }
            Fd.adopt((int) result).close();
            return Probe.yes(name, "ioctl PIDFD_GET_MNT_NAMESPACE", "");
        } catch (SyscallException e) {
            return Probe.no(name, "pidfd_open", e.errno());
        }
    }

    /** Read, not tried: a JVM is multi-threaded, and such a process cannot make itself a user namespace. */
    private static Probe namespace(String name, Namespaces.Kind kind, String limit) {
        String how = limit + " and /proc/self/ns/" + kind.proc();
        if (!Files.exists(Path.of("/proc/self/ns/" + kind.proc()))) {
            return new Probe(name, false, how, "the kernel has no such namespace", 0);
        }
        if (line(limit, "1").equals("0")) {
            return new Probe(name, false, how, limit + " is 0", 0);
        }
        boolean unprivileged = !line("/proc/sys/kernel/unprivileged_userns_clone", "1").equals("0");
        boolean forbidden = kind == Namespaces.Kind.USER && !unprivileged && Processes.geteuid() != 0;
        return forbidden
                ? new Probe(name, false, how, "kernel.unprivileged_userns_clone is 0", 0)
                : Probe.yes(name, how, "");
    }

    private static Map<String, String> controllers() {
        Map<String, String> found = new LinkedHashMap<>();
        for (MountEntry mount : Mountinfo.read()) {
            if (mount.type().equals("cgroup2")) {
                found.putIfAbsent("", mount.target());
            } else if (mount.type().equals("cgroup")) {
                for (String option : mount.superOptions().split(",")) {
                    if (!NOT_CONTROLLERS.contains(option) && !option.startsWith("release_agent=")) {
                        found.putIfAbsent(option, mount.target());
                    }
                }
            }
        }
        return Collections.unmodifiableMap(found);
    }

    private static HostFacts.CgroupMode mode(Map<String, String> controllers) {
        if (controllers.isEmpty()) {
            return HostFacts.CgroupMode.NONE;
        }
        boolean v2 = controllers.containsKey("");
        boolean v1 = controllers.size() > (v2 ? 1 : 0);
        return v1 && v2 ? HostFacts.CgroupMode.HYBRID : v2 ? HostFacts.CgroupMode.V2 : HostFacts.CgroupMode.V1;
    }

    private static Map<String, String> ownCgroups() {
        Map<String, String> own = new LinkedHashMap<>();
        for (String line : ProcText.lines("/proc/self/cgroup")) {
            String[] fields = line.split(":", 3);
            if (fields.length == 3) {
                for (String controller : fields[1].split(",")) {
                    own.put(controller, fields[2]);
                }
            }
        }
        return Collections.unmodifiableMap(own);
    }

    private static Map<String, String> status() {
        Map<String, String> status = new LinkedHashMap<>();
        for (String line : ProcText.lines("/proc/self/status")) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                status.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
        return status;
    }

    /** AT_PAGESZ (6) of the auxiliary vector: pairs of longs. */
    private static int pageSize() {
        try (Fd file = FileCalls.open("/proc/self/auxv", Fcntl.O_RDONLY, 0)) {
            ByteBuffer pairs = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());
            FileCalls.read(file, pairs);
            pairs.flip();
            while (pairs.remaining() >= 16) {
                long key = pairs.getLong();
                long value = pairs.getLong();
                if (key == 6) {
                    return (int) value;
                }
            }
            return 4096;
        }
    }

    private static long hex(@Nullable String mask) {
        return mask == null ? 0 : Long.parseUnsignedLong(mask, 16);
    }

    private static String line(String file, String absent) {
        List<String> lines = ProcText.lines(file);
        return lines.isEmpty() ? absent : lines.get(0).strip();
    }
}
