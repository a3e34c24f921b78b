package dev.caisson.core.rootfs;

import dev.caisson.linux.MountEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
        List<FileSystem> shown = new ArrayList<>();
        shown.add(new FileSystem("/", true));
        for (int i = 0; i < mountinfo.size(); i++) {
            MountEntry entry = mountinfo.get(i);
            String target = entry.target();
            if (!target.equals("/") && DISK.contains(entry.type()) && !below(target, FRESH) && !belowOtherKind(mountinfo, entry)
                    && reachable(mountinfo, i, 0) && !coveredAtItsRoot(mountinfo, entry)) {
                shown.add(new FileSystem(target, directory.test(target)));
            }
        }
        shown.sort(java.util.Comparator.comparing(FileSystem::target));
        return shown;
    }

    /** Whether a path leads to where it is mounted: nothing came later over that place on the same parent, and the same holds for the parent. */
    private static boolean reachable(List<MountEntry> mountinfo, int index, int depth) {
        MountEntry entry = mountinfo.get(index);
        if (entry.id() == entry.parent()) {
            return true; // the root of the namespace
        }
        for (int i = index + 1; i < mountinfo.size(); i++) {
            MountEntry later = mountinfo.get(i);
            if (later.parent() == entry.parent() && below(entry.target(), Set.of(later.target()))) {
                return false;
            }
        }
        for (int i = 0; i < mountinfo.size() && depth < mountinfo.size(); i++) {
            if (i != index && mountinfo.get(i).id() == entry.parent()) {
                return reachable(mountinfo, i, depth + 1);
            }
        }
        return true;
    }

    private static boolean coveredAtItsRoot(List<MountEntry> mountinfo, MountEntry entry) {
        return mountinfo.stream().anyMatch(o -> o.parent() == entry.id() && o.id() != entry.id() && o.target().equals(entry.target()));
    }

    /** Below a mount of another kind, what is mounted is not shown. */
    private static boolean belowOtherKind(List<MountEntry> mountinfo, MountEntry entry) {
        return mountinfo.stream().anyMatch(o -> !DISK.contains(o.type()) && !o.target().equals("/") && !o.target().equals(entry.target())
                && below(entry.target(), Set.of(o.target())));
    }

    private static boolean below(String target, Set<String> directories) {
        return directories.stream().anyMatch(d -> target.equals(d) || target.startsWith(d.equals("/") ? d : d + "/"));
    }
}
