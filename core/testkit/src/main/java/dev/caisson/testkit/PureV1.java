package dev.caisson.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** For programs that refuse a host with both versions of cgroups: such as crun, which wants one. */
public final class PureV1 {
    private static final Path UNIFIED = Path.of("/sys/fs/cgroup/unified/cgroup.controllers");
    private static final String SCRIPT = """
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

    private PureV1() {}

    /**
     * What a program's command line is appended to: it runs in a mount namespace of its own, where the hierarchies of version 1 are laid over all of them.
     *
     * @param place a directory for them, which is made
     * @return nothing on a host that does not have both
     */
    public static List<String> wrapper(Path place) throws IOException {
        Files.createDirectories(place);
        return Files.exists(UNIFIED) ? List.of("unshare", "--mount", "--propagation", "private", "sh", "-c", SCRIPT, "sh", place.toString()) : List.of();
    }
}
