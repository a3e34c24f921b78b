package dev.caisson.core.engine;

import dev.caisson.Device;
import dev.caisson.InvalidSpec;
import dev.caisson.core.cgroup.DeviceLookup;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Stat;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Device nodes of the host, and what becomes of them in a container's /dev. */
final class DeviceNodes {
    private static final int S_IFMT = 0xf000;
    private static final int S_IFCHR = 0x2000;
    private static final int S_IFBLK = 0x6000;
    /** The container has its own of these. */
    private static final Set<String> OWN = Set.of("null", "zero", "full", "random", "urandom", "tty", "console", "ptmx");
    private static final Set<String> OWN_DIRECTORIES = Set.of("pts", "shm", "mqueue", "fd");

    private DeviceNodes() {}

    /** @throws InvalidSpec if there is no device node of that path */
    static DeviceLookup.Node find(String path) {
        Stat stat;
        try {
            stat = FileCalls.fstatat(dev.caisson.linux.Fd.CWD, path, 0);
        } catch (SyscallException e) {
            throw new InvalidSpec("device(\"" + path + "\")", e.getMessage(), "give the path of a device node of the host");
        }
        int type = stat.mode() & S_IFMT;
        if (type != S_IFCHR && type != S_IFBLK) {
            throw new InvalidSpec("device(\"" + path + "\")", "is no device node", "use bind(Path, target) for files and directories");
        }
        return new DeviceLookup.Node(type == S_IFBLK ? 'b' : 'c', stat.rdevMajor(), stat.rdevMinor(), stat.mode() & 07777, stat.uid(), stat.gid());
    }

    /** The nodes of a container's /dev besides the default ones; a privileged one sees all of the host's. */
    static List<PlanInput.Node> of(List<Device> devices, boolean privileged) {
        List<PlanInput.Node> nodes = new ArrayList<>();
        for (Device device : devices) {
            if (!device.containerPath().startsWith("/dev/")) {
                throw new InvalidSpec("device(…, \"" + device.containerPath() + "\", …)", "is not below /dev", "give a path such as /dev/name");
            }
            nodes.add(node(device.containerPath().substring(5), find(device.hostPath())));
        }
        if (privileged) {
            nodes.addAll(all());
        }
        return nodes;
    }

    private static PlanInput.Node node(String path, DeviceLookup.Node node) {
        return new PlanInput.Node(path, (node.type() == 'b' ? S_IFBLK : S_IFCHR) | node.mode(), node.major(), node.minor());
    }

    private static List<PlanInput.Node> all() {
        Path dev = Path.of("/dev");
        try (Stream<Path> files = Files.walk(dev, 4)) {
            return files.filter(f -> {
                Path relative = dev.relativize(f);
                return !OWN.contains(relative.toString()) && !OWN_DIRECTORIES.contains(relative.getName(0).toString()) && special(f);
            }).map(f -> node(dev.relativize(f).toString(), find(f.toString()))).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean special(Path file) {
        try {
            int type = FileCalls.fstatat(dev.caisson.linux.Fd.CWD, file.toString(), Fcntl.AT_SYMLINK_NOFOLLOW).mode() & S_IFMT;
            return type == S_IFCHR || type == S_IFBLK;
        } catch (SyscallException e) {
            return false; // it went meanwhile
        }
    }
}
