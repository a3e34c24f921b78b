package dev.caisson.spi.storage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A mount as data: the engine turns it into a detached mount (fsopen or open_tree, see fsopen(2)) that never enters the host's mount table.
 *
 * @param type a file-system type ({@code overlay}, {@code tmpfs}, {@code btrfs} …) or {@code bind}
 * @param source for {@code bind} the directory or file; for block file systems the device; else null
 * @param target where it goes, absolute in the root that is built; {@code /} for the root itself
 * @param options in the order in which the file system is to get them
 * @param readOnly whether the mount (not the file system) is read-only
 */
public record MountSpec(String type, @Nullable Path source, String target, List<Option> options, boolean readOnly) {
    /**
     * One file-system option. A {@link Path} value is handed over as a descriptor or through one, so its length does not matter.
     *
     * @param key such as {@code lowerdir+}; alone it is a flag
     * @param text its value; null if it is a path or a flag
     * @param path its value; null if it is a text or a flag
     */
    public record Option(String key, @Nullable String text, @Nullable Path path) {
        @Override
        public String toString() {
            return text != null ? key + "=" + text : path != null ? key + "=" + path : key;
        }
    }

    /**
     * The options are copied.
     *
     * @throws IllegalArgumentException if the target is not absolute
     */
    public MountSpec {
        options = List.copyOf(options);
        if (!target.startsWith("/")) {
            throw new IllegalArgumentException("mount target '" + target + "' is not absolute");
        }
    }

    /**
     * A bind of a directory.
     *
     * @param source on the host
     * @param target absolute in the root that is built
     * @param readOnly whether the mount is read-only
     * @return with what is mounted below the source
     */
    public static MountSpec bind(Path source, String target, boolean readOnly) {
        return new MountSpec("bind", source, target, List.of(), readOnly);
    }

    /**
     * An overlay.
     *
     * @param lowers uppermost first
     * @param upper null for a read-only union
     * @param work the empty directory beside upper that overlayfs needs; null exactly when upper is
     * @param more further options, such as {@code volatile} or {@code userxattr}
     * @return with the target {@code /}
     */
    public static MountSpec overlay(List<Path> lowers, @Nullable Path upper, @Nullable Path work, List<Option> more) {
        List<Option> options = new ArrayList<>();
        lowers.forEach(l -> options.add(new Option("lowerdir+", null, l)));
        if (upper != null) {
            options.add(new Option("upperdir", null, upper));
            options.add(new Option("workdir", null, work));
        }
        options.addAll(more);
        return new MountSpec("overlay", null, "/", options, false);
    }

    /**
     * The same mount elsewhere.
     *
     * @param newTarget absolute in the root that is built
     * @return a copy
     */
    public MountSpec at(String newTarget) {
        return new MountSpec(type, source, newTarget, options, readOnly);
    }

    @Override
    public String toString() {
        return type + (source == null ? "" : " " + source) + " on " + target + (readOnly ? " ro" : "") + (options.isEmpty() ? "" : " " + options);
    }
}
