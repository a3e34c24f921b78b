package dev.caisson.core.rootfs;

import dev.caisson.linux.MountEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Which of the host's mounts {@code hostRoot()} shows: those of a disk kind that nothing else covers. */
public final class HostFileSystems {
    /** File systems that hold files of somebody's; everything else is an interface of the kernel's or memory. */
    private static final Set<String> DISK = Set.of("ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs", "bcachefs", "overlay", "erofs", "squashfs", "vfat",
            "exfat", "ntfs3", "jfs", "reiserfs", "nfs", "nfs4", "cifs", "9p", "virtiofs", "fuseblk", "rootfs");
    /** Made anew in the container. */
    private static final Set<String> FRESH = Set.of("/proc", "/sys", "/dev", "/run", "/tmp");

    private HostFileSystems() {}

    /**
     * One mount.
     *
     * @param directory false for a file that is mounted over another
     */
    public record FileSystem(String target, boolean directory) {}

    /** The mounts to be shown, the root first, parents before children. */
    public static List<FileSystem> of(List<MountEntry> mountinfo) {
        return of(mountinfo, target -> Files.isDirectory(Path.of(target)));
    }

    static List<FileSystem> of(List<MountEntry> mountinfo, Predicate<String> directory) {
        Map<String, MountEntry> top = new LinkedHashMap<>();
        for (MountEntry entry : mountinfo) {
            top.remove(entry.target());
            top.put(entry.target(), entry); // a later mount on the same target covers the earlier
        }
        List<FileSystem> shown = new ArrayList<>();
        shown.add(new FileSystem("/", true));
        for (MountEntry entry : top.values()) {
            String target = entry.target();
            if (!target.equals("/") && DISK.contains(entry.type()) && !below(target, FRESH) && !below(target, covering(top, target))) {
                shown.add(new FileSystem(target, directory.test(target)));
            }
        }
        shown.sort(java.util.Comparator.comparing(FileSystem::target));
        return shown;
    }

    /** Mounts of other kinds above the target: what is below them is not shown. */
    private static Set<String> covering(Map<String, MountEntry> top, String target) {
        Set<String> covering = new java.util.HashSet<>();
        top.forEach((t, e) -> {
            if (!t.equals(target) && !t.equals("/") && !DISK.contains(e.type())) {
                covering.add(t);
            }
        });
        return covering;
    }

    private static boolean below(String target, Set<String> directories) {
        return directories.stream().anyMatch(d -> target.equals(d) || target.startsWith(d + "/"));
    }
}
