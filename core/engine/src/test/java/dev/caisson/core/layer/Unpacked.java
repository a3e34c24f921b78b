package dev.caisson.core.layer;

import dev.caisson.linux.SafeRoot;
import dev.caisson.spi.storage.LayerDraft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A directory to unpack into, inside another that holds what no archive may touch. */
final class Unpacked {
    final Path outside;
    final Path root;

    Unpacked(Path temp) throws IOException {
        outside = temp;
        root = Files.createDirectory(temp.resolve("root"));
        Files.createDirectory(temp.resolve("etc"));
        Files.writeString(temp.resolve("etc/passwd"), "outside");
        Files.writeString(temp.resolve("victim"), "outside");
        Tars.run(temp, "chmod", "0640", "victim", "etc/passwd");
    }

    void layer(LayerDraft.Whiteouts mode, Tars.Entries entries) {
        archive(mode, Tars.of(entries));
    }

    /** A layer of its own for the OVERLAY mode. */
    void layer(Tars.Entries entries) {
        layer(LayerDraft.Whiteouts.OVERLAY, entries);
    }

    void archive(LayerDraft.Whiteouts mode, byte[] archive) {
        Fault fault = new Fault("the test layer");
        try (SafeRoot safe = SafeRoot.open(root)) {
            new LayerUnpacker(safe, mode, LayerLimits.DEFAULT, fault).unpack(new OddPieces(archive));
        }
    }

    String text(String path) throws IOException {
        return Files.readString(root.resolve(path));
    }

    boolean exists(String path) {
        return Files.exists(root.resolve(path), LinkOption.NOFOLLOW_LINKS);
    }

    boolean sameFile(String a, String b) throws IOException {
        return Files.readAttributes(root.resolve(a), java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey()
                .equals(Files.readAttributes(root.resolve(b), java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey());
    }

    String stat(String path, String format) {
        return new String(Tars.run(root, "stat", "-c", format, path)).strip();
    }

    /** Everything outside the root that could be touched: names, modes, owners, times, link counts, attributes and content. */
    String canary() {
        return describe(outside, "etc victim") + new String(Tars.run(outside, "ls", "-A"));
    }

    /** Everything inside. */
    String tree() {
        return describe(root, ".");
    }

    /** The size of a directory is the file system's affair. */
    private static String describe(Path directory, String what) {
        return new String(Tars.run(directory, "sh", "-c", "find " + what + " -mindepth 0 \\( -type d -printf '%p %y %m %U %G %T@\\n' -o -printf '%p %y %m %U %G %n %s %l %T@\\n' \\) | sort; "
                + "find " + what + " -type f -print0 | sort -z | xargs -0r sha256sum; find " + what + " \\( -type f -o -type d \\) -print0 | sort -z | xargs -0r getfattr -hd -m -"));
    }

    static Stream<LayerDraft.Whiteouts> modes() {
        return Stream.of(LayerDraft.Whiteouts.values());
    }
}
