package dev.caisson.core.image;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.FdInput;
import dev.caisson.core.content.Ingest;
import dev.caisson.core.layer.Compression;
import dev.caisson.core.layer.Fault;
import dev.caisson.core.layer.LayerLimits;
import dev.caisson.core.layer.Pieces;
import dev.caisson.core.layer.TarEntry;
import dev.caisson.core.layer.TarReader;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.Stat;
import dev.caisson.linux.SyscallException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files of an image archive by name: a directory, or a tar that is read once for its table of contents and then at random. Names resolve inside the archive
 * only; a symbolic link in a tar is followed among its members, one in a directory by the kernel inside it.
 */
abstract sealed class ArchiveSource implements AutoCloseable {
    private static final long ENTRIES = 100_000;

    /** Opens a directory or a tar, plain or compressed. */
    static ArchiveSource open(Path path, ContentStore scratch) {
        try {
            Fd fd = FileCalls.open(path, Fcntl.O_RDONLY | Fcntl.O_NONBLOCK | Fcntl.O_NOCTTY, 0);
            Stat stat = FileCalls.fstat(fd);
            if (stat.isDirectory()) {
                return new InDirectory(path.toString(), SafeRoot.of(fd));
            }
            if (!stat.isRegular()) {
                fd.close();
                throw new ImageProblem(Stage.RESOLVE, path + " is neither a directory nor a file", "give the path of an OCI layout or of an archive");
            }
            Fd tar = fd;
            try {
                tar = plain(fd, path.toString(), stat.size(), scratch);
                return new InTar(path.toString(), tar);
            } catch (RuntimeException e) {
                fd.close();
                tar.close();
                throw e;
            }
        } catch (SyscallException e) {
            throw new ImageProblem(Stage.RESOLVE, "opening the archive " + path + ": " + e.getMessage(),
                    e.is(Errno.ENOENT) ? "give the path of an OCI layout or of an archive" : "", e);
        }
    }

    /** The archive itself, or a nameless uncompressed copy of it beside the blobs. */
    private static Fd plain(Fd fd, String what, long size, ContentStore scratch) {
        Fault fault = new Fault(what);
        try (InputStream peek = new BufferedInputStream(new FdInput(fd.dup(), 0, size))) {
            if (Compression.detect(peek, fault) == Compression.NONE) {
                return fd;
            }
            try (InputStream in = Compression.open(peek, LayerLimits.DEFAULT, fault); Ingest copy = scratch.begin()) {
                byte[] buffer = new byte[128 * 1024];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    copy.write(buffer, 0, n);
                }
                Fd nameless = copy.detach();
                fd.close();
                return nameless;
            }
        } catch (IOException e) {
            throw new StorageProblem(Stage.RESOLVE, "reading " + what + ": " + e.getMessage(), "look whether the file is whole and readable", e);
        }
    }

    /** What is read, for errors. */
    abstract String what();

    /** Whether there is a regular file of that name. */
    abstract boolean has(String name);

    /**
     * A file's bytes; the caller closes.
     *
     * @throws ImageProblem if there is no regular file of that name
     */
    abstract InputStream open(String name);

    @Override
    public abstract void close();

    /** A small file. */
    byte[] read(String name, int limit) {
        try (InputStream in = open(name)) {
            byte[] content = in.readNBytes(limit + 1);
            if (content.length > limit) {
                throw new ImageProblem(Stage.RESOLVE, name + " in " + what() + " has more than " + limit + " bytes", "make it with docker save, skopeo or Images.save(…)");
            }
            return content;
        } catch (IOException e) {
            throw new StorageProblem(Stage.RESOLVE, "reading " + name + " in " + what() + ": " + e.getMessage(), "look whether the file is whole and readable", e);
        }
    }

    ImageProblem missing(String name) {
        String shown = (name.length() > 200 ? name.substring(0, 200) + "…" : name).replaceAll("\\p{Cntrl}", "?");
        return new ImageProblem(Stage.RESOLVE, "there is no file '" + shown + "' in " + what(),
                "the archive is incomplete or names files outside itself; save the image again and do not trust its source");
    }

    private static final class InDirectory extends ArchiveSource {
        private final String what;
        private final SafeRoot root;

        InDirectory(String what, SafeRoot root) {
            this.what = what;
            this.root = root;
        }

        @Override
        String what() {
            return what;
        }

        @Override
        boolean has(String name) {
            return root.stat(name, false).map(Stat::isRegular).orElse(false);
        }

        @Override
        InputStream open(String name) {
            if (!has(name)) {
                throw missing(name);
            }
            Fd fd = root.open(name, Fcntl.O_RDONLY | Fcntl.O_NONBLOCK, 0);
            return new FdInput(fd, 0, FileCalls.fstat(fd).size());
        }

        @Override
        public void close() {
            root.close();
        }
    }

    private static final class InTar extends ArchiveSource {
        private static final int HOPS = 8;
        /** No member has this name. */
        private static final String OUTSIDE = "/";

        private record Member(long offset, long size, String link) {}

        private final String what;
        private final Fd fd;
        private final Map<String, Member> members = new HashMap<>();

        InTar(String what, Fd fd) {
            this.what = what;
            this.fd = fd;
            try (FdInput contents = new FdInput(fd.dup(), 0, Long.MAX_VALUE)) {
                index(contents);
            }
        }

        private void index(FdInput contents) {
            Fault fault = new Fault(what);
            TarReader reader = new TarReader(Pieces.of(contents), LayerLimits.DEFAULT.withEntries(ENTRIES), fault);
            for (TarEntry entry = reader.next(); entry != null; entry = reader.next()) {
                String name = join("", entry.name());
                switch (entry.kind()) {
                    case FILE -> {
                        if (entry.sparse()) {
                            throw fault.malformed("an image archive with the sparse file " + name);
                        }
                        add(fault, name, new Member(reader.position(), entry.size(), ""));
                    }
                    case SYMLINK -> add(fault, name, new Member(0, 0, join(parent(name), entry.linkName())));
                    case HARD_LINK -> add(fault, name, new Member(0, 0, join("", entry.linkName())));
                    default -> { }
                }
            }
        }

        private void add(Fault fault, String name, Member member) {
            // Twice the same name: which of them counts is a question readers answer differently.
            if (members.putIfAbsent(name, member) != null) {
                throw fault.malformed("it has two files of the name '" + name + "'");
            }
        }

        @Override
        String what() {
            return what;
        }

        private @Nullable Member find(String name) {
            Member member = members.get(join("", name));
            for (int i = 0; i < HOPS && member != null && !member.link().isEmpty(); i++) {
                member = members.get(member.link());
            }
            return member == null || !member.link().isEmpty() ? null : member;
        }

        @Override
        boolean has(String name) {
            return find(name) != null;
        }

        @Override
        InputStream open(String name) {
            Member member = find(name);
            if (member == null) {
                throw missing(name);
            }
            return new FdInput(fd.dup(), member.offset(), member.size());
        }

        @Override
        public void close() {
            fd.close();
        }

        private static String parent(String name) {
            return name.substring(0, Math.max(0, name.lastIndexOf('/')));
        }

        /** Joins and cleans; what climbs above the archive, or is its root, names no file in it. */
        private static String join(String directory, String name) {
            StringBuilder out = new StringBuilder(name.startsWith("/") ? "" : directory);
            for (String part : name.split("/")) {
                if (part.equals("..")) {
                    if (out.length() == 0) {
                        return OUTSIDE;
                    }
                    out.setLength(Math.max(0, out.lastIndexOf("/")));
                } else if (!part.isEmpty() && !part.equals(".")) {
                    out.append(out.length() == 0 ? "" : "/").append(part);
                }
            }
            return out.length() == 0 ? OUTSIDE : out.toString();
        }
    }
}
