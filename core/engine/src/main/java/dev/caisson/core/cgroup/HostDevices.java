package dev.caisson.core.cgroup;

import dev.caisson.Device;
import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.linux.Directory;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Stat;
import dev.caisson.linux.SyscallException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Device nodes of this host. */
public final class HostDevices {
    private HostDevices() {}

    /**
     * A node to be made in a container.
     *
     * @param containerPath where it appears
     * @param access of r, w and m
     */
    public record Granted(String containerPath, DeviceLookup.Node node, String access) {
        /** What the device cgroup must allow. */
        public DeviceRule rule() {
            return node.allow(access);
        }
    }

    /** The node of a path; symbolic links are followed, as in {@code /dev/disk/by-id}. */
    public static DeviceLookup.Node node(String path) {
        return nodeOf(stat(path)).orElseThrow(() -> new UnsupportedOnThisHost(Stage.PLAN, path + " is no device node", "give the path of a node below /dev"));
    }

    /** A device, or as docker does, every node below a directory such as {@code /dev/snd}. */
    public static List<Granted> granted(Device device) {
        return granted(device, Set.of());
    }

    /** @param but names in the directory that are passed over; {@code /dev/shm} is everybody's, and may be large */
    public static List<Granted> granted(Device device, Set<String> but) {
        Stat stat = stat(device.hostPath());
        List<Granted> granted = new ArrayList<>();
        if (stat.isDirectory()) {
            collect(device.hostPath(), device.containerPath(), device.access(), but, granted);
        } else {
            granted.add(new Granted(device.containerPath(), node(device.hostPath()), device.access()));
        }
        if (granted.isEmpty()) {
            throw new UnsupportedOnThisHost(Stage.PLAN, device.hostPath() + " holds no device node", "give the path of a device, such as /dev/fuse");
        }
        return granted;
    }

    /** Devices come and go while this looks. */
    private static void collect(String host, String inside, String access, Set<String> but, List<Granted> granted) {
        try (Fd dir = FileCalls.open(host, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
            for (Directory.Entry e : Directory.list(dir).stream().filter(e -> !but.contains(e.name())).sorted(Comparator.comparing(Directory.Entry::name)).toList()) {
                if (e.type() == Directory.DT_DIR) {
                    collect(host + "/" + e.name(), inside + "/" + e.name(), access, Set.of(), granted);
                } else if (e.type() == Directory.DT_CHR || e.type() == Directory.DT_BLK) {
                    FileCalls.fstatatIfPresent(dir, e.name(), Fcntl.AT_SYMLINK_NOFOLLOW).flatMap(HostDevices::nodeOf)
                            .ifPresent(n -> granted.add(new Granted(inside + "/" + e.name(), n, access)));
                }
            }
        } catch (SyscallException e) {
            if (!e.is(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) { // gone, or something else by now
                throw e;
            }
        }
    }

    private static Stat stat(String path) {
        try {
            return FileCalls.fstatat(Fd.CWD, path, 0);
        } catch (SyscallException e) {
            throw new UnsupportedOnThisHost(Stage.PLAN, "device " + path + ": " + e.getMessage(), "give the path of a device node that this host has", e);
        }
    }

    private static Optional<DeviceLookup.Node> nodeOf(Stat s) {
        return s.type() == Fcntl.S_IFCHR || s.type() == Fcntl.S_IFBLK
                ? Optional.of(new DeviceLookup.Node(s.type() == Fcntl.S_IFCHR ? 'c' : 'b', s.rdevMajor(), s.rdevMinor(), s.permissions(), s.uid(), s.gid()))
                : Optional.empty();
    }
}
