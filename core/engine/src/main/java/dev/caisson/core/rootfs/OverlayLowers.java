package dev.caisson.core.rootfs;

import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Mounts;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.storage.MountSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The lower layers of an overlay: one by one where the kernel takes them so (Linux 6.5), else all in one option of at most 255 bytes. */
final class OverlayLowers {
    static final String KEY = "lowerdir+";
    private static final int MAX_OPTION = 255;

    private OverlayLowers() {}

    static void configure(Fd fs, List<MountSpec.Option> options) {
        List<Path> lowers = options.stream().filter(o -> o.key().equals(KEY)).map(MountSpec.Option::path).toList();
        try {
            lowers.forEach(lower -> DetachedMounts.configurePath(fs, KEY, lower));
        } catch (SyscallException e) {
            if (!e.is(Errno.EINVAL)) {
                throw e;
            }
            together(fs, lowers, e);
        }
    }

    /** By descriptors, whose names are short: about fourteen of them. */
    private static void together(Fd fs, List<Path> lowers, SyscallException oneByOne) {
        List<Fd> open = new ArrayList<>();
        try {
            lowers.forEach(lower -> open.add(FileCalls.open(lower, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)));
            String all = open.stream().map(fd -> "/proc/self/fd/" + fd.value()).collect(Collectors.joining(":"));
            if (all.length() > MAX_OPTION) {
                throw new UnsupportedOnThisHost(Stage.ROOTFS, lowers.size() + " layers do not fit one overlay option of this kernel", "Linux 6.5 or newer, "
                        + "or an image with fewer layers", oneByOne);
            }
            Mounts.fsconfigString(fs, "lowerdir", all);
        } finally {
            open.forEach(Fd::close);
        }
    }
}
