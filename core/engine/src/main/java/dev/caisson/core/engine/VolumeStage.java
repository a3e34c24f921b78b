package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.InvalidSpec;
import dev.caisson.Mount;
import dev.caisson.UserNamespace;
import dev.caisson.VolumesFrom;
import dev.caisson.core.rootfs.DetachedMounts;
import dev.caisson.core.rootfs.SeenBy;
import dev.caisson.core.spec.Targets;
import dev.caisson.core.volume.CopyUp;
import dev.caisson.core.volume.VolumeStore;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.SyscallException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The part of ROOTFS that is about volumes: which ones a container has, made and filled where they are new; and mounts of them, for each start. */
final class VolumeStage {
    private final VolumeStore store;
    private final String container;

    VolumeStage(VolumeStore store, String container) {
        this.store = store;
        this.container = container;
    }

    /** Whether a container has anything to do with volumes, or with what shares their rules. */
    static boolean concerns(ContainerSpec spec) {
        return !spec.files().volumesFrom().isEmpty() || !spec.files().secrets().isEmpty() || spec.files().mounts().stream().anyMatch(Mount.Volume.class::isInstance);
    }

    /** @param anonymous names that were made up for volumes that had none */
    record Chosen(ContainerSpec spec, Set<String> anonymous) {}

    /**
     * The spec with the mounts of other containers, and with a name for each volume.
     *
     * @param others finds a container's spec, as it came out of this, by name or id
     */
    static Chosen choose(ContainerSpec spec, Function<String, Optional<ContainerSpec>> others) {
        ContainerSpec.Files files = spec.files();
        List<Mount> all = new ArrayList<>();
        Set<String> anonymous = new HashSet<>();
        Set<String> taken = new HashSet<>();
        Targets.distinct(files.mounts());
        for (Mount mount : files.mounts()) {
            taken.add(Targets.clean(mount.target()));
            all.add(mount instanceof Mount.Volume volume && volume.volume().isEmpty() ? named(volume, anonymous) : mount);
        }
        for (VolumesFrom from : files.volumesFrom()) {
            ContainerSpec other = others.apply(from.container()).orElseThrow(() -> new InvalidSpec("volumesFrom(\"" + from.container() + "\")",
                    "there is no such container in this engine", "start it first, and give its name or id"));
            for (Mount mount : other.files().mounts()) {
                if ((mount instanceof Mount.Bind || mount instanceof Mount.Volume) && taken.add(Targets.clean(mount.target()))) {
                    all.add(from.readOnly() ? readOnly(mount) : mount);
                }
            }
        }
        if (!files.secrets().isEmpty() && !taken.add(SecretFiles.TARGET)) {
            throw new InvalidSpec("secret(…)", "wants " + SecretFiles.TARGET + ", where something else is mounted", "mount that elsewhere");
        }
        return new Chosen(spec.with(new ContainerSpec.Files(files.readOnly(), all, files.shmSize(), files.devices(), files.deviceRules(), List.of(), files.secrets())), anonymous);
    }

    private static Mount named(Mount.Volume volume, Set<String> anonymous) {
        String name = VolumeStore.anonymousName();
        anonymous.add(name);
        return new Mount.Volume(name, volume.target(), volume.readOnly(), volume.copy(), volume.subpath());
    }

    private static Mount readOnly(Mount mount) {
        return mount instanceof Mount.Bind b ? new Mount.Bind(b.source(), b.target(), true, b.propagation(), b.recursive(), b.flags())
                : mount instanceof Mount.Volume v ? new Mount.Volume(v.volume(), v.target(), true, v.copy(), v.subpath()) : mount;
    }

    /** Makes the volume the container's until it is removed; a new one is filled from its root. */
    void take(Mount.Volume volume, boolean anonymous, Path state, Fd root, UserNamespace.@Nullable Mapped users, UndoStack undo) {
        try (Fd directory = store.use(volume.volume(), anonymous, container, state)) {
            undo.push("volume " + volume.volume(), () -> store.release(volume.volume(), container));
            if (volume.copy() && volume.subpath().isEmpty()) {
                CopyUp.fill(directory, root, Targets.clean(volume.target()), users);
            }
        }
    }

    /** Those of its volumes that would go with it stay. */
    void keep(ContainerSpec spec) {
        for (Mount mount : spec.files().mounts()) {
            if (mount instanceof Mount.Volume volume) {
                store.keep(volume.volume());
            }
        }
    }

    /** A detached mount of a volume the container has. */
    Fd mount(Mount.Volume volume, @Nullable SeenBy users) {
        try (SafeRoot data = SafeRoot.of(store.data(volume.volume()));
                Fd source = data.open(volume.subpath().isEmpty() ? "." : volume.subpath(), Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
            return DetachedMounts.bind(source, volume.readOnly(), users);
        } catch (SyscallException e) {
            boolean subpath = !volume.subpath().isEmpty() && e.is(Errno.ENOENT, Errno.ENOTDIR);
            throw new InvalidSpec("volume(\"" + volume.volume() + "\", \"" + volume.target() + "\")", (subpath ? "has no directory '" + volume.subpath() + "': " : "") + e.getMessage(),
                    subpath ? "make it first: a missing subpath is not created" : "");
        }
    }
}
