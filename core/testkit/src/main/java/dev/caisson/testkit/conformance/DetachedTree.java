package dev.caisson.testkit.conformance;

import static dev.caisson.linux.Fcntl.AT_EMPTY_PATH;
import static dev.caisson.linux.Fcntl.O_CREAT;
import static dev.caisson.linux.Fcntl.O_DIRECTORY;
import static dev.caisson.linux.Fcntl.O_PATH;
import static dev.caisson.linux.Fcntl.O_TRUNC;
import static dev.caisson.linux.Fcntl.O_WRONLY;
import static dev.caisson.linux.Fcntl.S_IFCHR;

import dev.caisson.linux.Directory;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.MountFlags;
import dev.caisson.linux.Mounts;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.Stat;
import dev.caisson.linux.Xattrs;
import dev.caisson.spi.storage.LayerDraft.Whiteouts;
import dev.caisson.spi.storage.MountSpec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A driver's mount, made detached as the engine makes it: it is never in the mount table and goes with its descriptor. Files in it
 * are named by paths from its root.
 */
public final class DetachedTree implements AutoCloseable {
    private final SafeRoot root;

    private DetachedTree(Fd mount) {
        this.root = SafeRoot.of(mount);
    }

    /** Mounts the first of a plan's mounts. */
    public static DetachedTree mount(MountSpec spec) {
        return new DetachedTree(spec.type().equals("bind") ? bind(spec) : create(spec));
    }

    private static Fd bind(MountSpec spec) {
        Fd tree = Mounts.openTree(Fd.CWD, String.valueOf(spec.source()), MountFlags.OPEN_TREE_CLONE);
        if (spec.readOnly()) {
            Mounts.mountSetattr(tree, "", AT_EMPTY_PATH, MountFlags.MOUNT_ATTR_RDONLY, 0, 0, -1);
        }
        return tree;
    }

    private static Fd create(MountSpec spec) {
        List<Fd> layers = new ArrayList<>();
        try (Fd fs = Mounts.fsopen(spec.type())) {
            for (MountSpec.Option option : spec.options()) {
                if (option.path() != null) {
                    // By descriptor: fsconfig takes 255 bytes of text.
                    Fd layer = FileCalls.open(option.path(), O_PATH | O_DIRECTORY, 0);
                    layers.add(layer);
                    Mounts.fsconfigString(fs, option.key(), "/proc/self/fd/" + layer.value());
                } else if (option.text() != null) {
                    Mounts.fsconfigString(fs, option.key(), option.text());
                } else {
                    Mounts.fsconfigFlag(fs, option.key());
                }
            }
            Mounts.fsconfigCreate(fs);
            return Mounts.fsmount(fs, spec.readOnly() ? MountFlags.MOUNT_ATTR_RDONLY : 0);
        } finally {
            layers.forEach(Fd::close);
        }
    }

    /** The mount itself. */
    public Fd fd() {
        return root.fd();
    }

    public void write(String path, String text) {
        write(path, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Makes or replaces a file of mode 0644, and the directories above it. */
    public void write(String path, byte[] content) {
        if (path.contains("/")) {
            root.mkdirs(path.substring(0, path.lastIndexOf('/')), 0755).close();
        }
        try (Fd file = root.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644)) {
            FileCalls.writeAll(file, ByteBuffer.wrap(content));
        }
    }

    public void mkdir(String path) {
        root.mkdirs(path, 0755).close();
    }

    /** A file's text, or "-" if there is none. */
    public String read(String path) {
        return exists(path) ? new String(root.readRegular(path, 1 << 20), StandardCharsets.UTF_8) : "-";
    }

    public boolean exists(String path) {
        return root.stat(path, true).isPresent();
    }

    public Stat stat(String path) {
        return root.stat(path, true).orElseThrow();
    }

    /** The names in a directory, sorted. */
    public List<String> list(String path) {
        try (Fd directory = root.open(path, Fcntl.O_RDONLY | O_DIRECTORY, 0)) {
            return Directory.list(directory).stream().map(Directory.Entry::name).sorted().toList();
        }
    }

    /** Removes as a program in the container does. */
    public void remove(String path) {
        root.removeTree(path);
    }

    /** Deletes an entry of the layers below, as the engine does when it unpacks a whiteout. */
    public void whiteout(String path, Whiteouts how) {
        if (how == Whiteouts.REMOVE) {
            root.removeTree(path);
        } else {
            try (Fd parent = root.openParent(path)) {
                FileCalls.mknodat(parent, SafeRoot.lastName(path), S_IFCHR, 0, 0);
            }
        }
    }

    /** Hides what the layers below have in a directory, as the engine does for {@code .wh..wh..opq}. */
    public void opaque(String path, Whiteouts how) {
        if (how == Whiteouts.REMOVE) {
            list(path).forEach(name -> root.removeTree(path + "/" + name));
        } else {
            try (Fd directory = root.open(path, Fcntl.O_RDONLY | O_DIRECTORY, 0)) {
                Xattrs.setxattr(directory, "trusted.overlay.opaque", new byte[] {'y'}, 0);
            }
        }
    }

    @Override
    public void close() {
        root.close();
    }
}
