package dev.caisson.core.layer;

import dev.caisson.core.layer.PaxRecords.Pax;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What extended headers (pax, and GNU's long names) say about the next entry. Anything that two readers could take differently is refused: that is how
 * entries are smuggled past a scanner.
 */
final class TarOverrides {
    private static final String SCHILY = "SCHILY.xattr.";
    private static final String LIBARCHIVE = "LIBARCHIVE.xattr.";

    @Nullable String path;
    @Nullable String linkPath;
    @Nullable String sparseName;
    @Nullable Long size;
    @Nullable Long uid;
    @Nullable Long gid;
    long @Nullable [] mtime;
    @Nullable Long sparseSize;
    @Nullable SparseMap sparse;
    int sparseMajor = -1;
    int sparseMinor = -1;
    final Map<String, byte[]> xattrs = new TreeMap<>();
    private int xattrBytes;
    private final LayerLimits limits;
    private final Fault fault;

    TarOverrides(LayerLimits limits, Fault fault) {
        this.limits = limits;
        this.fault = fault;
    }

    /** Owners and times of a global header hold for the entries that follow; a global name, size or attribute is taken by some readers only. */
    void global(Pax record) {
        switch (record.key()) {
            case "mtime", "uid", "gid" -> local(record);
            case "path", "linkpath", "size" -> throw fault.malformed("a global pax header sets '" + record.key() + "' for every entry");
            default -> {
                if (record.key().startsWith("GNU.sparse.") || record.key().startsWith(SCHILY) || record.key().startsWith(LIBARCHIVE)) {
                    throw fault.malformed("a global pax header sets " + Fault.quoted(record.key()) + " for every entry");
                }
            }
        }
    }

    void inheritFrom(TarOverrides global) {
        uid = global.uid;
        gid = global.gid;
        mtime = global.mtime;
    }

    void local(Pax record) {
        switch (record.key()) {
            case "path" -> path = name(record, path);
            case "linkpath" -> linkPath = name(record, linkPath);
            case "size" -> size = decimal(record);
            case "uid" -> uid = decimal(record);
            case "gid" -> gid = decimal(record);
            case "mtime" -> mtime = time(record);
            case "GNU.sparse.major" -> sparseMajor = (int) Math.min(9, decimal(record));
            case "GNU.sparse.minor" -> sparseMinor = (int) Math.min(9, decimal(record));
            case "GNU.sparse.name" -> sparseName = name(record, sparseName);
            case "GNU.sparse.size", "GNU.sparse.realsize" -> sparseSize = decimal(record);
            case "GNU.sparse.numblocks" -> map();
            case "GNU.sparse.offset" -> map().addPair(true, decimal(record));
            case "GNU.sparse.numbytes" -> map().addPair(false, decimal(record));
            case "GNU.sparse.map" -> map().addList(record.text());
            default -> xattr(record);
        }
    }

    private SparseMap map() {
        return sparse = sparse == null ? new SparseMap(limits, fault) : sparse;
    }

    private void xattr(Pax record) {
        if (record.key().startsWith(SCHILY)) {
            putXattr(record.key().substring(SCHILY.length()), record.value());
        } else if (record.key().startsWith(LIBARCHIVE)) {
            try {
                String name = java.net.URLDecoder.decode(record.key().substring(LIBARCHIVE.length()).replace("+", "%2B"), java.nio.charset.StandardCharsets.UTF_8);
                putXattr(name, decodeBase64(record.text()));
            } catch (IllegalArgumentException e) {
                throw fault.malformed("the extended attribute " + Fault.quoted(record.key()) + " is not percent-encoded base64", e);
            }
        }
    }

    /** libarchive writes base64 without its padding. */
    private static byte[] decodeBase64(String text) {
        return Base64.getDecoder().decode(text);
    }

    private void putXattr(String name, byte[] value) {
        xattrBytes += name.length() + value.length;
        if (xattrBytes > limits.xattrBytes()) {
            throw fault.excess("extended attributes take more than " + limits.xattrBytes() + " bytes");
        }
        if (name.isEmpty() || name.indexOf('\0') >= 0) {
            throw fault.malformed("an extended attribute has no proper name");
        }
        byte[] before = xattrs.put(name, value);
        // bsdtar writes both notations of the same attribute.
        if (before != null && !java.util.Arrays.equals(before, value)) {
            throw fault.malformed("the extended attribute " + Fault.quoted(name) + " is given twice with different values");
        }
    }

    /** A name from an extended header: bounded, without NUL, and not contradicting another extended header of the same entry. */
    String name(Pax record, @Nullable String before) {
        String name = record.text();
        if (record.value().length > limits.pathBytes()) {
            throw fault.excess("a name has " + record.value().length + " bytes, more than " + limits.pathBytes());
        }
        if (name.indexOf('\0') >= 0) {
            throw fault.malformed("a name contains a NUL byte");
        }
        if (before != null && !before.equals(name)) {
            throw fault.malformed("two extended headers give it different names");
        }
        return name;
    }

    private long decimal(Pax record) {
        return SparseMap.decimal(record.text(), fault);
    }

    /** Seconds with an optional fraction; digits beyond the ninth are cut, as a file system has no use for them. */
    private long[] time(Pax record) {
        String text = record.text();
        boolean negative = text.startsWith("-");
        String digits = negative ? text.substring(1) : text;
        int dot = digits.indexOf('.');
        long seconds = SparseMap.decimal(dot < 0 ? digits : digits.substring(0, dot), fault);
        String fraction = dot < 0 ? "" : digits.substring(dot + 1);
        long nanos = fraction.isEmpty() ? 0 : SparseMap.decimal((fraction + "00000000").substring(0, 9), fault);
        if (!negative) {
            return new long[] {seconds, nanos};
        }
        return nanos == 0 ? new long[] {-seconds, 0} : new long[] {-seconds - 1, 1_000_000_000 - nanos};
    }
}
