package dev.caisson;

import java.nio.file.Path;
import java.util.List;

/** Where a container's root file system comes from. */
public sealed interface RootSource {
    /**
     * An image.
     *
     * @param reference a name with or without tag and digest, or the id of an image that is here
     * @param pull when it is fetched from its registry
     * @param platform for which it is to be, such as {@code linux/arm64}; "" for this host
     */
    record Image(String reference, PullPolicy pull, String platform) implements RootSource {
        /**
         * One that is fetched when it is not in the local store.
         *
         * @param reference as {@link Engine#image} takes it
         */
        public Image(String reference) {
            this(reference, PullPolicy.MISSING);
        }

        /**
         * One for this host.
         *
         * @param reference as {@link Engine#image} takes it
         * @param pull when it is fetched from its registry
         */
        public Image(String reference, PullPolicy pull) {
            this(reference, pull, "");
        }
    }

    /**
     * A directory of the host.
     *
     * @param path absolute, on the host
     * @param writable whether the container writes into the directory itself; else it gets a copy-on-write view
     */
    record Directory(Path path, boolean writable) implements RootSource {}

    /**
     * A copy-on-write view of the host's own root.
     *
     * @param hidden host paths that appear empty inside
     */
    record HostRoot(List<Path> hidden) implements RootSource {
        /** The list is copied. */
        public HostRoot {
            hidden = List.copyOf(hidden);
        }
    }
}
