package dev.caisson.core.image;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.layer.LayerPacker;
import dev.caisson.core.layer.TarEntry;
import dev.caisson.core.layer.TarEntry.Kind;
import dev.caisson.core.layer.TarWriter;
import dev.caisson.linux.SafeRoot;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Files that are copied into an image: owned by root, of one time, without set-id bits and extended attributes, so that who copies and when makes no difference.
 *
 * @param items in the order in which they were asked for
 * @param when the time of all files
 */
record CopiedFiles(String madeBy, List<Item> items, Instant when) implements LayerContent {
    private static final int PERMISSIONS = 0777;
    private static final int BUFFER = 64 * 1024;

    /** One file, or all that is in one directory. */
    sealed interface Item {
        /** Absolute path in the image. */
        String target();
    }

    /** Of the host: a directory, whose content goes into {@code target}, or a file that becomes {@code target}. */
    record OfHost(Path source, String target) implements Item {}

    /** From memory. */
    record OfMemory(byte[] content, String target, int mode) implements Item {}

    @Override
    public void write(OutputStream out) throws IOException {
        try (TarWriter tar = new TarWriter(out)) {
            for (Item item : items) {
                if (item instanceof OfMemory memory) {
                    tar.put(dated(TarEntry.file(name(memory.target()), memory.content().length, memory.mode() & PERMISSIONS)), memory.content());
                } else {
                    copy(tar, (OfHost) item);
                }
            }
        }
    }

    private void copy(TarWriter tar, OfHost item) throws IOException {
        Path source = item.source();
        if (Files.isDirectory(source)) {
            String prefix = name(item.target()).isEmpty() ? "" : name(item.target()) + "/";
            try (SafeRoot root = SafeRoot.open(source)) {
                new LayerPacker(root, LayerPacker.Source.TREE, entry -> plain(entry, prefix)).packInto(tar);
            }
        } else if (Files.isRegularFile(source)) {
            file(tar, source, dated(TarEntry.file(name(item.target()), Files.size(source), mode(source))));
        } else {
            boolean missing = !Files.exists(source, LinkOption.NOFOLLOW_LINKS);
            throw new ImageProblem(Stage.UNPACK, "copying " + source + " to " + item.target() + ": " + (missing ? "there is no such file" : "it is neither a file nor a directory"),
                    "name a file or a directory of the host");
        }
    }

    /** As many bytes as it had, whoever appends to it meanwhile. */
    private static void file(TarWriter tar, Path source, TarEntry entry) throws IOException {
        tar.put(entry);
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(source)) {
            for (long left = entry.size(); left > 0;) {
                int n = in.read(buffer, 0, (int) Math.min(left, BUFFER));
                if (n < 0) {
                    throw new IOException(source + " shrank while it was read");
                }
                tar.write(buffer, 0, n);
                left -= n;
            }
        }
    }

    private TarEntry plain(TarEntry entry, String prefix) {
        if (entry.kind() == Kind.CHARACTER_DEVICE || entry.kind() == Kind.BLOCK_DEVICE || entry.kind() == Kind.FIFO) {
            throw new ImageProblem(Stage.UNPACK, "copying " + entry.name() + ": it is a pipe or a device, which is not copied", "leave it out");
        }
        String link = entry.kind() == Kind.HARD_LINK ? prefix + entry.linkName() : entry.linkName();
        int mode = entry.kind() == Kind.SYMLINK ? PERMISSIONS : entry.mode() & PERMISSIONS;
        return dated(new TarEntry(prefix + entry.name(), entry.kind(), link, entry.size(), mode, 0, 0, 0, 0, 0, 0, Map.of(), List.of(), false));
    }

    private TarEntry dated(TarEntry entry) {
        return entry.mtime(when.getEpochSecond(), when.getNano());
    }

    private static String name(String target) {
        List<String> parts = new ArrayList<>(List.of(target.split("/")));
        parts.removeIf(String::isEmpty);
        return String.join("/", parts);
    }

    private static int mode(Path file) throws IOException {
        Set<PosixFilePermission> set = Files.getPosixFilePermissions(file);
        int mode = 0;
        for (PosixFilePermission p : PosixFilePermission.values()) {
            mode = mode << 1 | (set.contains(p) ? 1 : 0);
        }
        return mode;
    }
}
