package dev.caisson;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** Something mounted into a container besides its root. */
public sealed interface Mount {
    /** {@return where it goes, an absolute path in the container} */
    String target();

    /**
     * A directory or file of the host.
     *
     * @param source absolute, on the host
     * @param target where it goes
     * @param readOnly recursively: also mounts below the source
     * @param propagation docker's {@code bind-propagation}
     * @param recursive whether mounts below the source come along ({@code rbind})
     * @param flags what is not done on it
     */
    record Bind(Path source, String target, boolean readOnly, Propagation propagation, boolean recursive, Set<Flag> flags) implements Mount {
        /** The flags are copied. */
        public Bind {
            flags = Set.copyOf(flags);
        }

        /**
         * One without flags.
         *
         * @param source absolute, on the host
         * @param target where it goes
         * @param readOnly whether it is read-only, mounts below the source too
         * @param propagation docker's {@code bind-propagation}
         * @param recursive whether mounts below the source come along
         */
        public Bind(Path source, String target, boolean readOnly, Propagation propagation, boolean recursive) {
            this(source, target, readOnly, propagation, recursive, Set.of());
        }
    }

    /** Flags of mount(8). */
    enum Flag {
        /** Set-user-id bits and file capabilities have no effect. */
        NOSUID,
        /** Device nodes cannot be opened. */
        NODEV,
        /** No program of it can be executed. */
        NOEXEC
    }

    /**
     * A volume of the engine's root.
     *
     * @param volume its name, made when it is first used; "" for one of the container's own, which goes with the last container that has it
     * @param target where it goes
     * @param readOnly whether the container cannot write to it
     * @param copy whether an empty one begins with what the root file system has at the target ({@code volume-nocopy} is false)
     * @param subpath a directory of the volume, relative; "" for all of it ({@code volume-subpath})
     */
    record Volume(String volume, String target, boolean readOnly, boolean copy, String subpath) implements Mount {}

    /**
     * The files of an image, read-only.
     *
     * @param reference pulled if it is not in the local store
     * @param target where it goes
     * @param subpath a directory of the image, relative; "" for all of it ({@code image-subpath})
     */
    record Image(String reference, String target, String subpath) implements Mount {}

    /**
     * Memory.
     *
     * @param target where it goes
     * @param options of tmpfs(5), e.g. {@code size=64m}, {@code mode=1777}; flags {@code noexec}, {@code ro}, {@code exec}, {@code suid}, {@code dev} too
     */
    record Tmpfs(String target, Map<String, String> options) implements Mount {
        /** The map is copied. */
        public Tmpfs {
            options = Map.copyOf(options);
        }
    }

    /** How mounts made on one side of a bind show on the other (mount_namespaces(7)). */
    enum Propagation {
        /** Not at all. */
        PRIVATE,
        /** Those of the host show in the container. */
        SLAVE,
        /** Both ways. */
        SHARED
    }
}
