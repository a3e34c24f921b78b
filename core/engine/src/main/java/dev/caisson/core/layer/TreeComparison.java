package dev.caisson.core.layer;

import dev.caisson.ImageDifference;
import dev.caisson.linux.Directory;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.Stat;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Compares two trees of a layer's kinds of files: names, types, owners, modes, sizes, content, links, devices, the extended attributes that an unpacker keeps, and the
 * times of all but directories, which change with what is made in them. The roots themselves are the storage driver's and are not compared.
 */
public final class TreeComparison {
    private static final int BUFFER = 128 * 1024;

    private final int most;
    private final List<ImageDifference> differences = new ArrayList<>();
    private final ByteBuffer left = ByteBuffer.allocateDirect(BUFFER);
    private final ByteBuffer right = ByteBuffer.allocateDirect(BUFFER);

    private TreeComparison(int most) {
        this.most = most;
    }

    /**
     * The differences, in the order of their paths.
     *
     * @param most after so many it stops
     * @throws dev.caisson.linux.SyscallException if one cannot be read
     */
    public static List<ImageDifference> of(SafeRoot expected, SafeRoot found, int most) {
        TreeComparison comparison = new TreeComparison(most);
        try (Fd a = expected.open(".", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0); Fd b = found.open(".", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0)) {
            comparison.directories(a, b, "/");
        }
        return comparison.differences;
    }

    private void directories(Fd expected, Fd found, String path) {
        TreeSet<String> names = Directory.list(expected).stream().map(Directory.Entry::name).collect(Collectors.toCollection(TreeSet::new));
        Directory.list(found).forEach(e -> names.add(e.name()));
        for (String name : names) {
            if (differences.size() >= most) {
                return;
            }
            Optional<Stat> a = FileCalls.fstatatIfPresent(expected, name, Fcntl.AT_SYMLINK_NOFOLLOW);
            Optional<Stat> b = FileCalls.fstatatIfPresent(found, name, Fcntl.AT_SYMLINK_NOFOLLOW);
            String child = path + name;
            String should = a.map(s -> describe(expected, name, s)).orElse("");
            String is = b.map(s -> describe(found, name, s)).orElse("");
            if (!should.equals(is)) {
                differences.add(new ImageDifference(child, should, is));
            }
            if (a.isPresent() && b.isPresent() && a.get().type() == b.get().type()) {
                inside(expected, found, name, child, a.get());
            }
        }
    }

    private void inside(Fd expected, Fd found, String name, String path, Stat stat) {
        int flags = Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW;
        if (stat.isDirectory()) {
            try (Fd a = FileCalls.openat(expected, name, flags | Fcntl.O_DIRECTORY, 0); Fd b = FileCalls.openat(found, name, flags | Fcntl.O_DIRECTORY, 0)) {
                directories(a, b, path + "/");
            }
        } else if (stat.isRegular()) {
            try (Fd a = FileCalls.openat(expected, name, flags, 0); Fd b = FileCalls.openat(found, name, flags, 0)) {
                content(a, b, path);
            }
        }
    }

    private void content(Fd expected, Fd found, String path) {
        for (long offset = 0; ; offset += left.limit()) {
            fill(expected, left);
            fill(found, right);
            int at = left.mismatch(right);
            if (at >= 0) {
                if (left.limit() == right.limit()) { // otherwise the sizes differ, which was said
                    differences.add(new ImageDifference(path, byteAt(left, at, offset), byteAt(right, at, offset)));
                }
                return;
            }
            if (left.limit() < left.capacity()) {
                return;
            }
        }
    }

    private static void fill(Fd file, ByteBuffer buffer) {
        buffer.clear();
        while (buffer.hasRemaining() && FileCalls.read(file, buffer) > 0) {
            // on to the end of either
        }
        buffer.flip();
    }

    private static String byteAt(ByteBuffer buffer, int at, long offset) {
        return String.format("0x%02x at byte %d", buffer.get(at), offset + at);
    }

    private static String describe(Fd directory, String name, Stat stat) {
        String what = switch (stat.type()) {
            case Fcntl.S_IFREG -> "a file of " + stat.size() + " bytes";
            case Fcntl.S_IFDIR -> "a directory";
            case Fcntl.S_IFLNK -> "a link to " + Fault.quoted(FileCalls.readlinkat(directory, name));
            case Fcntl.S_IFCHR -> "character device " + stat.rdevMajor() + ":" + stat.rdevMinor();
            case Fcntl.S_IFBLK -> "block device " + stat.rdevMajor() + ":" + stat.rdevMinor();
            case Fcntl.S_IFIFO -> "a FIFO";
            default -> "of type " + Integer.toOctalString(stat.type());
        };
        String mode = stat.type() == Fcntl.S_IFLNK ? "" : String.format(", mode %04o", stat.permissions());
        String time = stat.isDirectory() ? "" : ", of " + stat.mtimeSec() + "." + stat.mtimeNsec();
        return what + mode + ", owner " + (stat.uid() & 0xffffffffL) + ":" + (stat.gid() & 0xffffffffL) + time + attributes(directory, name, stat);
    }

    private static String attributes(Fd directory, String name, Stat stat) {
        if (stat.type() == Fcntl.S_IFLNK) {
            return "";
        }
        Map<String, byte[]> all = LayerPacker.xattrs(directory, name);
        return all.isEmpty() ? "" : all.entrySet().stream().map(e -> e.getKey() + "=" + HexFormat.of().formatHex(Arrays.copyOf(e.getValue(), Math.min(e.getValue().length, 64))))
                .collect(Collectors.joining(" ", ", ", ""));
    }
}
