package dev.caisson.core.rootfs;

import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Mounts;
import dev.caisson.linux.PrivateMounts;
import java.util.List;

/** Detached mounts, attached in a mount namespace that nobody is in and that has nothing else: who has both can copy them, as often as he likes. */
public final class MountsApart {
    private MountsApart() {}

    /** @param mounts the caller's; each is that of the namespace then @return the namespace, the caller's */
    public static Fd attach(List<Fd> mounts) {
        return PrivateMounts.alone(bench -> {
            for (int i = 0; i < mounts.size(); i++) {
                attach(bench, Integer.toString(i), mounts.get(i));
            }
        });
    }

    private static void attach(Fd bench, String name, Fd mount) {
        boolean directory = FileCalls.fstat(mount).isDirectory();
        if (directory) {
            FileCalls.mkdirat(bench, name, 0700);
        } else {
            FileCalls.openat(bench, name, Fcntl.O_WRONLY | Fcntl.O_CREAT, 0600).close();
        }
        try (Fd target = FileCalls.openat(bench, name, Fcntl.O_PATH, 0)) {
            Mounts.moveMount(mount, target);
        }
    }
}
