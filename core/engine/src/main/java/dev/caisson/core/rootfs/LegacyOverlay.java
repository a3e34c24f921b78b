package dev.caisson.core.rootfs;

import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.MountFlags;
import dev.caisson.linux.Mounts;
import dev.caisson.linux.PrivateMounts;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.Worker;
import dev.caisson.linux.WorkerPlace;
import dev.caisson.spi.storage.MountSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Overlays before Linux 6.5 (Debian 12 has 6.1): all lower layers are one option, everything is looked up when the overlay is made, and a layer has to be attached
 * somewhere. Layers go by the short names of descriptors. What does not fit the 255 bytes of an option, and layers seen through a user namespace, take mount(2) in a
 * mount namespace of its own, from which the overlay comes back detached. An ordinary user's worker does it in its own, and there layers go by their paths.
 */
final class LegacyOverlay {
    /** As many as fit an option's 255 bytes with the longest numbers of descriptors. */
    private static final int FITTING = 11;
    private static final int MAX_DATA = 4095;

    private LegacyOverlay() {}

    /** A fact about the kernel, asked for once. */
    private static final class ThisKernel {
        static final boolean LEGACY = takesAnything();
    }

    static boolean needed() {
        return ThisKernel.LEGACY;
    }

    /** It takes any option and looks at none before FSCONFIG_CMD_CREATE, while newer ones look a layer up at once. */
    private static boolean takesAnything() {
        try (Fd probe = Mounts.fsopen("overlay")) {
            Mounts.fsconfigString(probe, OverlayMount.LOWER, "/proc/self/fd/-1");
            return true;
        } catch (SyscallException e) {
            return e.call().equals("fsconfig") && e.is(Errno.EINVAL);
        }
    }

    static Fd make(MountSpec spec, @Nullable SeenBy users) {
        long layers = spec.options().stream().filter(o -> o.key().equals(OverlayMount.LOWER)).count();
        if (Worker.present()) {
            return byPaths(spec);
        }
        if (users == null && layers <= FITTING) {
            try (Layers open = new Layers(spec)) {
                return here(open, spec.readOnly());
            }
        }
        return PrivateMounts.apart(bench -> {
            try (Layers open = new Layers(spec)) { // opened here: mounts of another namespace are refused
                return onBench(bench, users == null ? open.lowerdir() : mapped(bench, open.lowers, users), open.others, spec.readOnly());
            }
        });
    }

    /** The directories of an overlay, open. */
    private static final class Layers implements AutoCloseable {
        private final List<Fd> open = new ArrayList<>();
        private final List<Fd> lowers = new ArrayList<>();
        private final List<MountSpec.Option> others = new ArrayList<>();

        Layers(MountSpec spec) {
            try {
                spec.options().forEach(this::add);
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }

        private void add(MountSpec.Option option) {
            Path path = option.path();
            if (path == null) {
                others.add(option);
                return;
            }
            Fd layer = FileCalls.open(path, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0);
            open.add(layer);
            if (option.key().equals(OverlayMount.LOWER)) {
                lowers.add(layer);
            } else {
                others.add(new MountSpec.Option(option.key(), name(layer), null));
            }
        }

        String lowerdir() {
            return lowers.stream().map(LegacyOverlay::name).collect(Collectors.joining(":"));
        }

        @Override
        public void close() {
            open.forEach(Fd::close);
        }
    }

    private static String name(Fd directory) {
        return "/proc/self/fd/" + directory.value();
    }

    private static Fd here(Layers layers, boolean readOnly) {
        try (Fd fs = Mounts.fsopen("overlay")) {
            Mounts.fsconfigString(fs, "lowerdir", layers.lowerdir());
            layers.others.forEach(option -> DetachedMounts.configure(fs, option));
            Mounts.fsconfigCreate(fs);
            return Mounts.fsmount(fs, readOnly ? MountFlags.MOUNT_ATTR_RDONLY : 0);
        }
    }

    private static String data(String lowerdir, String others) {
        String data = "lowerdir=" + lowerdir + others;
        if (data.getBytes(StandardCharsets.UTF_8).length > MAX_DATA) {
            throw new UnsupportedOnThisHost(Stage.ROOTFS, "a root of so many layers does not fit the " + MAX_DATA + " bytes of mount(2)",
                    "Linux 6.5 or newer, or an image with fewer layers");
        }
        return data;
    }

    /** An ordinary user's: his worker has other numbers for descriptors, and none once a call is done. */
    private static Fd byPaths(MountSpec spec) {
        List<String> lowers = new ArrayList<>();
        StringBuilder others = new StringBuilder(",userxattr");
        for (MountSpec.Option option : spec.options()) {
            String value = option.path() == null ? option.text() : escaped(option.path());
            if (option.key().equals(OverlayMount.LOWER)) {
                lowers.add(value);
            } else {
                others.append(',').append(option.key()).append(value == null ? "" : "=" + value);
            }
        }
        String data = data(String.join(":", lowers), others.toString());
        try (WorkerPlace place = WorkerPlace.make()) {
            place.mount("overlay", spec.readOnly() ? MountFlags.MS_RDONLY : 0, data);
            try (Fd top = place.open()) {
                return Mounts.openTree(top, "", MountFlags.OPEN_TREE_CLONE | Fcntl.AT_EMPTY_PATH);
            }
        }
    }

    /** As overlayfs takes it apart. */
    private static String escaped(Path path) {
        return path.toString().replaceAll("[\\\\:,]", "\\\\$0");
    }

    private static Fd onBench(Fd bench, String lowerdir, List<MountSpec.Option> others, boolean readOnly) {
        String data = data(lowerdir, others.stream().map(o -> "," + o.key() + (o.text() == null ? "" : "=" + o.text())).collect(Collectors.joining()));
        FileCalls.mkdirat(bench, "overlay", 0700);
        Mounts.mount("overlay", "overlay", "overlay", readOnly ? MountFlags.MS_RDONLY : 0, data);
        return Mounts.openTree(Fd.CWD, "overlay", MountFlags.OPEN_TREE_CLONE);
    }

    /** Mounts of the layers, seen through the user namespace, attached to the bench; their names there. */
    private static String mapped(Fd bench, List<Fd> lowers, SeenBy users) {
        List<String> names = new ArrayList<>();
        for (Fd lower : lowers) {
            String name = String.valueOf(names.size());
            FileCalls.mkdirat(bench, name, 0700);
            try (Fd mount = DetachedMounts.bind(lower, false, false); Fd target = FileCalls.openat(bench, name, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
                DetachedMounts.map(mount, users.namespace());
                Mounts.moveMount(mount, target);
            }
            names.add(name);
        }
        return String.join(":", names);
    }
}
