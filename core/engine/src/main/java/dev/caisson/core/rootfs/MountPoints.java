package dev.caisson.core.rootfs;

import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.spi.storage.MountSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A directory of nothing but the places every container mounts on, to be the lowest layer of its root: where a root file system has them itself, its own are
 * seen. Otherwise each start would make them in its upper layer, which costs overlayfs more than all the mounts (docker has its init layer for it).
 */
public final class MountPoints {
    private static final List<String> DIRECTORIES = List.of("dev", "etc", "proc", "sys");
    private static final List<String> FILES_OF_ETC = List.of("hostname", "hosts", "resolv.conf");

    private MountPoints() {}

    /** Makes it. */
    public static void make(Path directory) {
        FileCalls.mkdirat(Fd.CWD, directory.toString(), 0755);
        try (Fd root = FileCalls.open(directory, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
            FileCalls.fchmodat2(root, "", 0755, Fcntl.AT_EMPTY_PATH); // whatever the JVM's umask
            for (String name : DIRECTORIES) {
                FileCalls.mkdirat(root, name, 0755);
                FileCalls.fchmodat2(root, name, 0755, 0);
            }
            try (Fd etc = FileCalls.openat(root, "etc", Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
                for (String name : FILES_OF_ETC) {
                    try (Fd file = FileCalls.openat(etc, name, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW, 0644)) {
                        FileCalls.fchmodat2(file, "", 0644, Fcntl.AT_EMPTY_PATH);
                    }
                }
            }
        }
    }

    /** The same root with it below all other layers; one that is no overlay is left as it is. */
    static MountSpec below(MountSpec root, Path mountPoints) {
        int last = -1;
        for (int i = 0; i < root.options().size(); i++) {
            if (root.options().get(i).key().equals(OverlayMount.LOWER)) {
                last = i;
            }
        }
        if (!root.type().equals("overlay") || last < 0) {
            return root;
        }
        List<MountSpec.Option> options = new ArrayList<>(root.options());
        options.add(last + 1, new MountSpec.Option(OverlayMount.LOWER, null, mountPoints));
        return new MountSpec(root.type(), root.source(), root.target(), options, root.readOnly());
    }
}
