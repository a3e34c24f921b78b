package dev.caisson.core.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One member of a tar archive. Names are as they stand in the archive (not cleaned), with bytes that are not UTF-8 escaped as in
 * {@link dev.caisson.linux.PathBytes}.
 *
 * @param name never empty of NUL bytes; may be absolute, may climb: {@link EntryName} judges
 * @param linkName target of a hard link (a name of the archive) or of a symbolic link (free text), else ""
 * @param size bytes of the file's content, holes counted; 0 for what is not a file
 * @param mode permissions with set-id and sticky bits, 07777
 * @param uid 0 to 4294967294
 * @param gid 0 to 4294967294
 * @param mtimeSec seconds since 1970, negative before
 * @param mtimeNsec 0 to 999,999,999
 * @param devMajor of a device node, not yet judged, so that an overflow can be told
 * @param devMinor of a device node
 * @param xattrs extended attributes, sorted by name
 * @param extents of a sparse file: where its stored bytes belong; empty for a file stored whole
 */
public record TarEntry(
        String name, Kind kind, String linkName, long size, int mode, long uid, long gid, long mtimeSec, int mtimeNsec, long devMajor, long devMinor,
        Map<String, byte[]> xattrs, List<Extent> extents, boolean sparse) {

    /** What kind of file. */
    public enum Kind { FILE, HARD_LINK, SYMLINK, CHARACTER_DEVICE, BLOCK_DEVICE, DIRECTORY, FIFO }

    /** A run of stored bytes in a sparse file. */
    public record Extent(long offset, long length) {}

    public TarEntry {
        xattrs = java.util.Collections.unmodifiableMap(new TreeMap<>(xattrs));
        extents = List.copyOf(extents);
    }

    /** A file that is stored whole, owned by root, of 1970. */
    public static TarEntry file(String name, long size, int mode) {
        return new TarEntry(name, Kind.FILE, "", size, mode, 0, 0, 0, 0, 0, 0, Map.of(), List.of(), false);
    }

    /** Anything but a file, owned by root, of 1970. */
    public static TarEntry of(Kind kind, String name, String linkName, int mode) {
        return new TarEntry(name, kind, linkName, 0, mode, 0, 0, 0, 0, 0, 0, Map.of(), List.of(), false);
    }

    /** The same with another owner. */
    public TarEntry owner(long newUid, long newGid) {
        return new TarEntry(name, kind, linkName, size, mode, newUid, newGid, mtimeSec, mtimeNsec, devMajor, devMinor, xattrs, extents, sparse);
    }

    /** The same with another modification time. */
    public TarEntry mtime(long seconds, int nanoseconds) {
        return new TarEntry(name, kind, linkName, size, mode, uid, gid, seconds, nanoseconds, devMajor, devMinor, xattrs, extents, sparse);
    }

    /** The same device node with other numbers. */
    public TarEntry device(long major, long minor) {
        return new TarEntry(name, kind, linkName, size, mode, uid, gid, mtimeSec, mtimeNsec, major, minor, xattrs, extents, sparse);
    }

    /** The same with these extended attributes. */
    public TarEntry xattrs(Map<String, byte[]> attributes) {
        return new TarEntry(name, kind, linkName, size, mode, uid, gid, mtimeSec, mtimeNsec, devMajor, devMinor, attributes, extents, sparse);
    }

    /** Bytes stored in the archive. */
    public long storedSize() {
        return sparse ? extents.stream().mapToLong(Extent::length).sum() : size;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TarEntry e && comparable().equals(e.comparable());
    }

    @Override
    public int hashCode() {
        return comparable().hashCode();
    }

    /** Arrays compare by identity, so a record's own equality would not see equal attributes as such. */
    private List<Object> comparable() {
        List<Object> all = new ArrayList<>(List.of(
                name, kind, linkName, size, mode, uid, gid, mtimeSec, mtimeNsec, devMajor, devMinor, extents, sparse, List.copyOf(xattrs.keySet())));
        xattrs.values().forEach(v -> all.add(java.nio.ByteBuffer.wrap(v)));
        return all;
    }
}
