package dev.caisson.core.layer;

import dev.caisson.core.layer.TarEntry.Extent;
import dev.caisson.core.layer.TarEntry.Kind;
import dev.caisson.core.layer.TarHeader.Dialect;
import dev.caisson.linux.Fd;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive as a stream: v7, ustar, star, GNU and pax, with long names, sparse files in all four notations, base-256 numbers and extended
 * attributes. Memory is bounded by {@link LayerLimits}, whatever the input. Where readers in use disagree on what an archive contains, it is refused with
 * {@link dev.caisson.ImageProblem}; nothing else is thrown for any input.
 *
 * <p>As GNU tar and Go do, an archive may end at a block boundary without its two zero blocks: that it is whole is the digest's to say.
 */
public final class TarReader {
    private final BlockInput in;
    private final LayerLimits limits;
    private final Fault fault;
    private final TarOverrides global;
    private long headers;
    private long directories;
    private long remaining;
    private int padding;
    private boolean ended;

    /**
     * @param in the uncompressed archive
     * @param fault names the archive in errors
     */
    public TarReader(Pieces in, LayerLimits limits, Fault fault) {
        this.in = new BlockInput(in, limits, fault);
        this.limits = limits;
        this.fault = fault;
        this.global = new TarOverrides(limits, fault);
    }

    /** The next entry, skipping what is left of the current one; null at the end, once all trailing bytes have been read and found to be zero. */
    public @Nullable TarEntry next() {
        if (ended) {
            return null;
        }
        finishContent();
        TarOverrides overrides = null;
        String longName = null;
        String longLink = null;
        byte[] block = new byte[TarHeader.BLOCK];
        while (true) {
            fault.at("");
            if (!in.readBlock(block)) {
                return end(overrides != null || longName != null || longLink != null);
            }
            if (TarHeader.isZero(block)) {
                in.expectZerosToTheEnd();
                return end(overrides != null || longName != null || longLink != null);
            }
            TarHeader header = new TarHeader(block, fault);
            header.verifyChecksum();
            if (++headers > limits.entries()) {
                throw fault.excess("it has more than " + limits.entries() + " entries");
            }
            switch (header.typeflag()) {
                case 'x' -> {
                    if (overrides != null) {
                        throw fault.malformed("two pax headers follow each other");
                    }
                    overrides = new TarOverrides(limits, fault);
                    overrides.inheritFrom(global);
                    PaxRecords.parse(extended(header), fault).forEach(overrides::local);
                }
                case 'g' -> PaxRecords.parse(extended(header), fault).forEach(global::global);
                case 'L' -> longName = longText(header, longName);
                case 'K' -> longLink = longText(header, longLink);
                default -> {
                    TarOverrides own = overrides != null ? overrides : new TarOverrides(limits, fault);
                    if (overrides == null) {
                        own.inheritFrom(global);
                    }
                    own.path = agree(own.path, longName);
                    own.linkPath = agree(own.linkPath, longLink);
                    return entry(header, own);
                }
            }
        }
    }

    /** Bytes of the archive before the content of the current entry: where a reader with random access finds it. */
    public long position() {
        return in.position();
    }

    /** Reads stored content of the current entry (of a sparse file, its extents one after the other); -1 at its end. */
    public int read(byte[] into, int offset, int length) {
        if (remaining == 0 || length == 0) {
            return remaining == 0 ? -1 : 0;
        }
        int n = in.read(into, offset, (int) Math.min(length, remaining));
        remaining -= n;
        return n;
    }

    /** The same, to where a file stands; at least a byte. */
    int writeTo(Fd file, long most) {
        if (remaining == 0) {
            throw fault.malformed("it has less content than its extents say");
        }
        int n = in.writeTo(file, Math.min(most, remaining));
        remaining -= n;
        return n;
    }

    /** The stored content of the current entry as a stream, which ends with it. */
    public InputStream content() {
        return new InputStream() {
            @Override
            public int read() {
                byte[] one = new byte[1];
                return TarReader.this.read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] b, int off, int len) {
                return TarReader.this.read(b, off, len);
            }
        };
    }

    private @Nullable TarEntry end(boolean extendedHeaderPending) {
        if (extendedHeaderPending) {
            throw fault.malformed("it ends after an extended header");
        }
        ended = true;
        return null;
    }

    private TarEntry entry(TarHeader header, TarOverrides own) {
        boolean pax1 = own.sparseMajor == 1 && own.sparseMinor == 0;
        String given = own.sparseName != null ? own.sparseName : own.path != null ? own.path : header.name();
        fault.at(given);
        Kind kind = kind(header, given);
        long stored = size(header, own, kind);
        long size = stored;
        List<Extent> extents = List.of();
        boolean sparse = false;
        remaining = stored;
        padding = (int) (-stored & TarHeader.BLOCK - 1);
        if (header.typeflag() == 'S' || own.sparse != null || own.sparseSize != null || own.sparseMajor >= 0) {
            if (kind != Kind.FILE) {
                throw fault.malformed("only a file can be sparse");
            }
            sparse = true;
            size = header.typeflag() == 'S' ? header.number(TarHeader.GNU_REALSIZE, 12, "realsize") : own.sparseSize != null ? own.sparseSize : stored;
            SparseMap map = header.typeflag() == 'S' ? oldGnuMap(header, own) : pax1 ? pax1Map() : own.sparse;
            if (map == null || size < 0) {
                throw fault.malformed("a sparse file without a map");
            }
            extents = map.finish(size, remaining);
        }
        if (kind == Kind.DIRECTORY && ++directories > limits.directories()) {
            throw fault.excess("it has more than " + limits.directories() + " directories");
        }
        boolean linked = kind == Kind.HARD_LINK || kind == Kind.SYMLINK;
        String link = !linked ? "" : own.linkPath != null ? own.linkPath : header.text(TarHeader.LINKNAME, 100);
        boolean device = kind == Kind.CHARACTER_DEVICE || kind == Kind.BLOCK_DEVICE;
        long[] mtime = own.mtime != null ? own.mtime : new long[] {header.number(TarHeader.MTIME, 12, "mtime"), 0};
        if (given.isEmpty() || linked && link.isEmpty()) {
            throw fault.malformed(given.isEmpty() ? "it has no name" : "a link without a target");
        }
        return new TarEntry(given, kind, link, kind == Kind.FILE ? size : 0, (int) (header.number(TarHeader.MODE, 8, "mode") & 07777),
                id(own.uid, header, TarHeader.UID, "uid"), id(own.gid, header, TarHeader.GID, "gid"), mtime[0], (int) mtime[1],
                device ? header.device(TarHeader.DEVMAJOR) : 0, device ? header.device(TarHeader.DEVMINOR) : 0,
                own.xattrs.isEmpty() ? Map.of() : own.xattrs, extents, sparse);
    }

    private Kind kind(TarHeader header, String name) {
        return switch (header.typeflag()) {
            case '\0' -> name.endsWith("/") ? Kind.DIRECTORY : Kind.FILE;
            case '0', '7', 'S' -> {
                if (name.endsWith("/")) {
                    throw fault.malformed("a file whose name ends in a slash: readers disagree whether it is a directory");
                }
                yield Kind.FILE;
            }
            case '1' -> Kind.HARD_LINK;
            case '2' -> Kind.SYMLINK;
            case '3' -> Kind.CHARACTER_DEVICE;
            case '4' -> Kind.BLOCK_DEVICE;
            case '5' -> Kind.DIRECTORY;
            case '6' -> Kind.FIFO;
            default -> throw fault.unsupported("the entry type " + Fault.quoted(String.valueOf(header.typeflag())) + " is not known",
                    "make the archive without volume labels, incremental dumps or vendor extensions");
        };
    }

    /** The stored size. A size where none belongs, or two that differ, make one reader see entries that another takes for data. */
    private long size(TarHeader header, TarOverrides own, Kind kind) {
        long plain = header.number(TarHeader.SIZE, 12, "size");
        long size = own.size != null ? own.size : plain;
        if (own.size != null && plain != size && size <= 077777777777L) {
            throw fault.malformed("the pax header says " + size + " bytes, the header says " + plain);
        }
        if (size < 0 || kind != Kind.FILE && size != 0) {
            throw fault.malformed("a " + kind.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ') + " of " + size + " bytes");
        }
        if (size > limits.totalBytes()) {
            throw fault.excess("it claims " + size + " bytes, more than " + limits.totalBytes());
        }
        return size;
    }

    /** 4294967295 is chown(2)'s "leave as it is", so nobody's id. */
    private long id(@Nullable Long pax, TarHeader header, int at, String field) {
        long id = pax != null ? pax : header.number(at, 8, field);
        if (id < 0 || id >= 0xffffffffL) {
            throw fault.malformed("the " + field + " " + id + " is not between 0 and 4294967294");
        }
        return id;
    }

    private SparseMap oldGnuMap(TarHeader header, TarOverrides own) {
        if (header.dialect() != Dialect.GNU || own.sparse != null || own.sparseMajor >= 0) {
            throw fault.malformed("an old GNU sparse file in an archive that is not GNU's");
        }
        SparseMap map = new SparseMap(limits, fault);
        map.addOldGnu(header, TarHeader.GNU_SPARSE, 4);
        boolean more = header.intAt(TarHeader.GNU_ISEXTENDED) != 0;
        byte[] block = new byte[TarHeader.BLOCK];
        for (int blocks = 0; more; blocks++) {
            // Empty extension blocks add no extent, so they are counted apart.
            if (blocks > limits.sparseExtents()) {
                throw fault.excess("the sparse map has more than " + limits.sparseExtents() + " blocks");
            }
            in.fillBlock(block);
            map.addOldGnu(new TarHeader(block, fault), 0, 21);
            more = block[504] != 0;
        }
        return map;
    }

    /** Format 1.0: the number of extents, then offsets and lengths, one decimal a line, padded to a block, before the data. */
    private SparseMap pax1Map() {
        SparseMap map = new SparseMap(limits, fault);
        DecimalLines lines = new DecimalLines(this, fault);
        long count = lines.next();
        if (count > limits.sparseExtents()) {
            throw fault.excess("the sparse map has " + count + " extents, more than " + limits.sparseExtents());
        }
        for (long i = 0; i < count; i++) {
            long offset = lines.next();
            map.add(offset, lines.next());
        }
        return map;
    }

    /** Whether a whole block of content is left, for the map of sparse 1.0. */
    boolean contentBlock(byte[] block) {
        if (remaining < block.length) {
            return false;
        }
        in.fillBlock(block);
        remaining -= block.length;
        return true;
    }

    private byte[] extended(TarHeader header) {
        long size = header.number(TarHeader.SIZE, 12, "size");
        if (size < 0 || size > limits.paxBytes()) {
            throw fault.excess("an extended header has " + size + " bytes, more than " + limits.paxBytes());
        }
        byte[] data = in.readFully((int) size);
        in.expectPadding((int) (-size & TarHeader.BLOCK - 1));
        return data;
    }

    private String longText(TarHeader header, @Nullable String before) {
        byte[] data = extended(header);
        int length = data.length;
        while (length > 0 && data[length - 1] == 0) {
            length--;
        }
        return new TarOverrides(limits, fault).name(new PaxRecords.Pax("", java.util.Arrays.copyOf(data, length)), before);
    }

    private @Nullable String agree(@Nullable String pax, @Nullable String gnu) {
        if (pax != null && gnu != null && !pax.equals(gnu)) {
            throw fault.malformed("the pax header and the GNU long name differ");
        }
        return pax != null ? pax : gnu;
    }

    private void finishContent() {
        in.skip(remaining);
        in.expectPadding(padding);
        remaining = 0;
        padding = 0;
    }
}
