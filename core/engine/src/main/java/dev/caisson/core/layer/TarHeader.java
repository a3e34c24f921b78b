package dev.caisson.core.layer;

import dev.caisson.linux.PathBytes;
import java.util.Arrays;

/**
 * One 512-byte header block: where its fields lie and how their numbers are written.
 *
 * <pre>
 *   0 name[100]   100 mode[8]  108 uid[8]  116 gid[8]  124 size[12]  136 mtime[12]  148 chksum[8]  156 typeflag
 * 157 linkname[100]  257 magic[6] version[2]  265 uname[32]  297 gname[32]  329 devmajor[8]  337 devminor[8]
 * 345 prefix[155]          ustar (POSIX.1-1988); star has prefix[131] and "tar\0" at 508
 * 345 atime ctime offset longnames  386 sparse[4] of {offset[12], numbytes[12]}  482 isextended  483 realsize[12]   GNU
 * </pre>
 *
 * Source: POSIX pax(1), GNU tar manual "Basic Tar Format", star(5).
 */
final class TarHeader {
    static final int BLOCK = 512;
    static final int NAME = 0;
    static final int MODE = 100;
    static final int UID = 108;
    static final int GID = 116;
    static final int SIZE = 124;
    static final int MTIME = 136;
    static final int CHKSUM = 148;
    static final int TYPEFLAG = 156;
    static final int LINKNAME = 157;
    static final int MAGIC = 257;
    static final int DEVMAJOR = 329;
    static final int DEVMINOR = 337;
    static final int PREFIX = 345;
    static final int GNU_SPARSE = 386;
    static final int GNU_ISEXTENDED = 482;
    static final int GNU_REALSIZE = 483;
    private static final int STAR_TRAILER = 508;

    /** The dialects of a header block. */
    enum Dialect { V7, USTAR, STAR, GNU }

    private final byte[] block;
    private final Fault fault;

    TarHeader(byte[] block, Fault fault) {
        this.block = block;
        this.fault = fault;
    }

    static boolean isZero(byte[] block) {
        for (byte b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    /** Writers of old summed signed bytes; both sums are accepted, as every reader does. */
    void verifyChecksum() {
        long unsigned = 0;
        long signed = 0;
        for (int i = 0; i < BLOCK; i++) {
            int b = i >= CHKSUM && i < CHKSUM + 8 ? ' ' : block[i];
            unsigned += b & 0xff;
            signed += b;
        }
        long stored = number(CHKSUM, 8, "checksum");
        if (stored != unsigned && stored != signed) {
            throw fault.malformed("header checksum is " + stored + ", not " + unsigned + ": this is no tar header");
        }
    }

    Dialect dialect() {
        if (matches(MAGIC, "ustar\0")) {
            return matches(STAR_TRAILER, "tar\0") ? Dialect.STAR : Dialect.USTAR;
        }
        return matches(MAGIC, "ustar  \0") ? Dialect.GNU : Dialect.V7;
    }

    private boolean matches(int at, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (block[at + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    char typeflag() {
        return (char) (block[TYPEFLAG] & 0xff);
    }

    /** The name, with the prefix where the dialect has one. */
    String name() {
        String name = text(NAME, 100);
        int width = switch (dialect()) {
            case USTAR -> 155;
            case STAR -> 131;
            default -> 0;
        };
        String prefix = width == 0 ? "" : text(PREFIX, width);
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    /** A text field: up to its first NUL, as all readers take it. */
    String text(int at, int width) {
        int end = at;
        while (end < at + width && block[end] != 0) {
            end++;
        }
        return PathBytes.decode(Arrays.copyOfRange(block, at, end));
    }

    int intAt(int at) {
        return block[at] & 0xff;
    }

    /**
     * A number: octal digits between spaces and NULs, or base-256 (big-endian, two's complement, first bit set, as GNU and star write what does not fit).
     * An empty field is 0.
     */
    long number(int at, int width, String field) {
        if ((block[at] & 0x80) != 0) {
            return base256(at, width, field);
        }
        int start = at;
        int end = at + width;
        while (start < end && (block[start] == ' ' || block[start] == 0)) {
            start++;
        }
        while (end > start && (block[end - 1] == ' ' || block[end - 1] == 0)) {
            end--;
        }
        long value = 0;
        for (int i = start; i < end; i++) {
            int digit = block[i] - '0';
            if (digit < 0 || digit > 7 || value >>> 60 != 0) {
                throw fault.malformed("the field " + field + " is no octal number");
            }
            value = value << 3 | digit;
        }
        return value;
    }

    private long base256(int at, int width, String field) {
        boolean negative = (block[at] & 0x40) != 0;
        long value = negative ? -1 : 0;
        for (int i = 0; i < width; i++) {
            int b = i == 0 ? (negative ? block[at] & 0xff : block[at] & 0x3f) : block[at + i] & 0xff;
            if (value >> 55 != (negative ? -1 : 0)) {
                throw fault.malformed("the field " + field + " exceeds 63 bits");
            }
            value = value << 8 | b;
        }
        return value;
    }

    /** Writes octal digits and a NUL if they fit; false if they do not. */
    static boolean putOctal(byte[] block, int at, int width, long value) {
        if (value < 0 || value >>> 3 * (width - 1) != 0) {
            return false;
        }
        for (int i = width - 2; i >= 0; i--) {
            block[at + i] = (byte) ('0' + (value & 7));
            value >>>= 3;
        }
        block[at + width - 1] = 0;
        return true;
    }

    /** Writes the checksum: six digits, NUL, space, as POSIX has it. */
    static void putChecksum(byte[] block) {
        Arrays.fill(block, CHKSUM, CHKSUM + 8, (byte) ' ');
        int sum = 0;
        for (byte b : block) {
            sum += b & 0xff;
        }
        putOctal(block, CHKSUM, 7, sum);
    }

    /** A dialect's own device numbers; 0 where the dialect has none. */
    long device(int at) {
        return dialect() == Dialect.V7 ? 0 : number(at, 8, at == DEVMAJOR ? "devmajor" : "devminor");
    }

}
