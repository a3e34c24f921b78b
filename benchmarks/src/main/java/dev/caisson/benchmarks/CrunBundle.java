package dev.caisson.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What crun needs to run a program with the isolation a container engine asks of it: an OCI bundle, and a pure cgroup v1 where the host's is hybrid. */
final class CrunBundle {
    private static final String CONFIG = """
            {"ociVersion": "1.0.2",
             "process": {"terminal": false, "user": {"uid": 0, "gid": 0}, "args": ["%s"], "env": ["PATH=/bin"], "cwd": "/", "noNewPrivileges": true,
                         "capabilities": {"bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"]}},
             "root": {"path": "%s", "readonly": true}, "hostname": "crun",
             "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
                        {"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
                        {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
                        {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
                        {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]}],
             "linux": {"namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}],
                       "resources": {"devices": [{"allow": false, "access": "rwm"}], "pids": {"limit": 4096}},
                       "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
                       "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]}}
            """;

    /** A copy of the v1 hierarchies in a place of our own, laid over /sys/fs/cgroup in a mount namespace of our own. */
    private static final String PURE_V1 = """
            set -e
            t=$1; shift
            mount -t tmpfs tmpfs "$t"
            for h in /sys/fs/cgroup/*/; do
              h=${h%/}; [ -e "$h/cgroup.controllers" ] && continue
              mkdir "$t/${h##*/}"; mount --bind "$h" "$t/${h##*/}"
            done
            mount --rbind "$t" /sys/fs/cgroup
            exec "$@"
            """;

    private CrunBundle() {}

    /** Writes the bundle and returns the command that runs it. */
    static List<String> command(Path directory, Path rootfs, String program) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("config.json"), CONFIG.formatted(program, rootfs));
        return List.of("crun", "--root", directory.resolve("state").toString(), "run", "--bundle", directory.toString(), "caisson-peer");
    }

    /** What the launching JVM's command line is appended to. */
    static List<String> wrapper(Path directory) throws IOException {
        boolean hybrid = Files.exists(Path.of("/sys/fs/cgroup/unified/cgroup.controllers"));
        Path cgroups = Files.createDirectories(directory);
        return hybrid ? List.of("unshare", "--mount", "--propagation", "private", "sh", "-c", PURE_V1, "sh", cgroups.toString()) : List.of();
    }
}
