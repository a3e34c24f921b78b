package dev.caisson.core.layer;

import dev.caisson.core.layer.TarEntry.Kind;
import dev.caisson.linux.PathBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes ustar, with a pax header where an entry does not fit: long or non-ASCII names, large numbers, nanoseconds, extended attributes. The same entries
 * give the same bytes. Sparse files are written whole.
 */
public final class TarWriter implements AutoCloseable {
    private static final byte[] ZEROS = new byte[2 * TarHeader.BLOCK];
    private final OutputStream out;
    private final byte[] buffer = new byte[64 * 1024];
    private long remaining;
    private int padding;

    /** @param out not closed, nor flushed before {@link #close()} */
    public TarWriter(OutputStream out) {
        this.out = out;
    }

    /**
     * Begins an entry; its content, if any, follows by {@link #write}.
     *
     * @throws IllegalStateException if the entry before is not complete
     */
    public void put(TarEntry entry) throws IOException {
        if (remaining != 0) {
            throw new IllegalStateException(remaining + " bytes of the entry before are missing");
        }
        out.write(ZEROS, 0, padding);
        byte[] block = new byte[TarHeader.BLOCK];
        ByteArrayOutputStream pax = new ByteArrayOutputStream();
        text(block, TarHeader.NAME, "path", entry.name(), pax);
        if (entry.kind() == Kind.HARD_LINK || entry.kind() == Kind.SYMLINK) {
            text(block, TarHeader.LINKNAME, "linkpath", entry.linkName(), pax);
        }
        TarHeader.putOctal(block, TarHeader.MODE, 8, entry.mode() & 07777);
        number(block, TarHeader.UID, 8, "uid", entry.uid(), pax);
        number(block, TarHeader.GID, 8, "gid", entry.gid(), pax);
        number(block, TarHeader.SIZE, 12, "size", entry.size(), pax);
        if (!TarHeader.putOctal(block, TarHeader.MTIME, 12, entry.mtimeSec()) || entry.mtimeNsec() != 0) {
            TarHeader.putOctal(block, TarHeader.MTIME, 12, Math.max(0, Math.min(entry.mtimeSec(), 077777777777L)));
            PaxRecords.write(pax, "mtime", ascii(time(entry.mtimeSec(), entry.mtimeNsec())));
        }
        device(block, entry);
        entry.xattrs().forEach((name, value) -> PaxRecords.write(pax, "SCHILY.xattr." + name, value));
        if (pax.size() > 0) {
            extended(pax.toByteArray());
        }
        finish(block, typeflag(entry.kind()));
        remaining = entry.kind() == Kind.FILE ? entry.size() : 0;
        padding = (int) (-remaining & TarHeader.BLOCK - 1);
    }

    /** Content of the entry that was begun. */
    public void write(byte[] data, int offset, int length) throws IOException {
        if (length > remaining) {
            throw new IllegalStateException("the entry takes " + remaining + " bytes more, not " + length);
        }
        out.write(data, offset, length);
        remaining -= length;
    }

    /** An entry with its content, which must have exactly the entry's size. */
    public void put(TarEntry entry, InputStream content) throws IOException {
        put(entry);
        for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
            write(buffer, 0, n);
        }
        if (remaining > 0) {
            throw new IOException(entry.name() + " ended " + remaining + " bytes early");
        }
    }

    /** A file from memory. */
    public void put(TarEntry entry, byte[] content) throws IOException {
        put(entry);
        write(content, 0, content.length);
    }

    /** Ends the archive with two zero blocks and flushes; the stream stays open. */
    @Override
    public void close() throws IOException {
        if (remaining != 0) {
            throw new IllegalStateException(remaining + " bytes of the last entry are missing");
        }
        out.write(ZEROS, 0, padding);
        out.write(ZEROS);
        out.flush();
    }

    private static void text(byte[] block, int at, String key, String value, ByteArrayOutputStream pax) {
        byte[] bytes = PathBytes.encode(value);
        boolean plain = bytes.length <= 100;
        for (byte b : bytes) {
            plain &= b > 0;
        }
        if (!plain) {
            PaxRecords.write(pax, key, bytes);
        }
        for (int i = 0; i < Math.min(100, bytes.length); i++) {
            block[at + i] = bytes[i] > 0 ? bytes[i] : (byte) '_';
        }
    }

    /** What does not fit is 0 in the header, as Go writes it: a reader that ignores pax sees no number rather than a wrong one. */
    private static void number(byte[] block, int at, int width, String key, long value, ByteArrayOutputStream pax) {
        if (!TarHeader.putOctal(block, at, width, value)) {
            TarHeader.putOctal(block, at, width, 0);
            PaxRecords.write(pax, key, ascii(Long.toString(value)));
        }
    }

    private static void device(byte[] block, TarEntry entry) {
        boolean device = entry.kind() == Kind.CHARACTER_DEVICE || entry.kind() == Kind.BLOCK_DEVICE;
        if (!TarHeader.putOctal(block, TarHeader.DEVMAJOR, 8, device ? entry.devMajor() : 0)
                || !TarHeader.putOctal(block, TarHeader.DEVMINOR, 8, device ? entry.devMinor() : 0)) {
            throw new IllegalArgumentException("no tar header holds the device number " + entry.devMajor() + ":" + entry.devMinor());
        }
    }

    private static String time(long seconds, int nanos) {
        // Pax writes one signed decimal number: -1 s + 250 ms is -0.75.
        boolean negative = seconds < 0 && nanos > 0;
        long whole = negative ? -(seconds + 1) : Math.abs(seconds);
        int fraction = negative ? 1_000_000_000 - nanos : nanos;
        return (seconds < 0 ? "-" : "") + whole + (fraction == 0 ? "" : String.format(".%09d", fraction));
    }

    private void extended(byte[] records) throws IOException {
        byte[] block = new byte[TarHeader.BLOCK];
        byte[] name = ascii("PaxHeaders/entry");
        System.arraycopy(name, 0, block, TarHeader.NAME, name.length);
        TarHeader.putOctal(block, TarHeader.MODE, 8, 0644);
        TarHeader.putOctal(block, TarHeader.UID, 8, 0);
        TarHeader.putOctal(block, TarHeader.GID, 8, 0);
        TarHeader.putOctal(block, TarHeader.SIZE, 12, records.length);
        TarHeader.putOctal(block, TarHeader.MTIME, 12, 0);
        finish(block, 'x');
        out.write(records);
        out.write(ZEROS, 0, -records.length & TarHeader.BLOCK - 1);
    }

    private void finish(byte[] block, char type) throws IOException {
        block[TarHeader.TYPEFLAG] = (byte) type;
        byte[] magic = ascii("ustar\00000");
        System.arraycopy(magic, 0, block, TarHeader.MAGIC, magic.length);
        TarHeader.putChecksum(block);
        out.write(block);
    }

    private static char typeflag(Kind kind) {
        return switch (kind) {
            case FILE -> '0';
            case HARD_LINK -> '1';
            case SYMLINK -> '2';
            case CHARACTER_DEVICE -> '3';
            case BLOCK_DEVICE -> '4';
            case DIRECTORY -> '5';
            case FIFO -> '6';
        };
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
