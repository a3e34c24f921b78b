package dev.caisson.core.spec;

import dev.caisson.Mount;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A tmpfs mount's options, split into what the file system takes and what the mount does; docker's default is {@code nosuid,nodev,noexec}. */
public final class TmpfsOptions {
    private static final long RDONLY = 1;
    private static final long NOSUID = 2;
    private static final long NODEV = 4;
    private static final long NOEXEC = 8;
    private static final long NOATIME = 0x10;
    private static final long STRICTATIME = 0x20;
    private static final Set<String> OF_THE_MOUNT = Set.of("ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "noatime", "strictatime");

    private TmpfsOptions() {}

    /** {@code key=value} for tmpfs(5). */
    public static List<String> options(Mount.Tmpfs mount) {
        return mount.options().entrySet().stream().filter(o -> !OF_THE_MOUNT.contains(o.getKey())).sorted(Map.Entry.comparingByKey())
                .map(o -> o.getValue().isEmpty() ? o.getKey() : o.getKey() + "=" + o.getValue()).toList();
    }

    /** MOUNT_ATTR_ of mount_setattr(2). */
    public static long attributes(Mount.Tmpfs mount) {
        Set<String> given = mount.options().keySet();
        return (given.contains("ro") ? RDONLY : 0) | (given.contains("suid") ? 0 : NOSUID) | (given.contains("dev") ? 0 : NODEV)
                | (given.contains("exec") ? 0 : NOEXEC) | (given.contains("noatime") ? NOATIME : 0) | (given.contains("strictatime") ? STRICTATIME : 0);
    }
}
