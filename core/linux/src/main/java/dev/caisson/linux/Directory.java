package dev.caisson.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a directory by getdents64(2), without {@code .} and {@code ..}, in the file system's own order and without
 * holding more than one buffer of it. The descriptor stays the caller's; its file offset moves.
 */
public final class Directory implements Iterator<Directory.Entry> {
    /** For {@link Entry#type()}: the file system does not say; ask {@link FileCalls#fstatat}. */
    public static final int DT_UNKNOWN = 0;
    public static final int DT_FIFO = 1;
    public static final int DT_CHR = 2;
    public static final int DT_DIR = 4;
    public static final int DT_BLK = 6;
    public static final int DT_REG = 8;
    public static final int DT_LNK = 10;
    public static final int DT_SOCK = 12;

    private static final int BUFFER = 32 * 1024;

    /** A name and its type: one of {@code DT_…}. */
    public record Entry(String name, int type, long ino) {}

    private final Fd fd;
    // Not the arena: the caller makes other calls between two entries.
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER).order(ByteOrder.nativeOrder());
    private int position;
    private int limit;
    private @Nullable Entry next;

    private Directory(Fd fd) {
        this.fd = fd;
        this.next = advance();
    }

    /** Entries from the descriptor's offset on; the first error is thrown here, later ones by {@link #next()}. */
    public static Directory entries(Fd directory) {
        return new Directory(directory);
    }

    /** All entries from the beginning. */
    public static List<Entry> list(Fd directory) {
        FileCalls.lseek(directory, 0, Fcntl.SEEK_SET);
        List<Entry> all = new ArrayList<>();
        entries(directory).forEachRemaining(all::add);
        return all;
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public Entry next() {
        Entry current = next;
        if (current == null) {
            throw new NoSuchElementException();
        }
        next = advance();
        return current;
    }

    private @Nullable Entry advance() {
        while (true) {
            if (position >= limit && !fill()) {
                return null;
            }
            int at = position;
            int length = buffer.getShort(at + Abi.DIRENT_RECLEN) & 0xffff;
            position += length;
            String name = name(at + Abi.DIRENT_NAME);
            if (!name.equals(".") && !name.equals("..")) {
                return new Entry(name, buffer.get(at + Abi.DIRENT_TYPE), buffer.getLong(at));
            }
        }
    }

    private boolean fill() {
        position = 0;
        limit = (int) Kernel.fd("getdents64", Nr.GETDENTS64, fd, Kernel.address(buffer), BUFFER, 0, 0, 0);
        Reference.reachabilityFence(this);
        return limit > 0;
    }

    private String name(int from) {
        int end = from;
        while (buffer.get(end) != 0) {
            end++;
        }
        byte[] name = new byte[end - from];
        buffer.get(from, name);
        return PathBytes.decode(name);
    }
}
