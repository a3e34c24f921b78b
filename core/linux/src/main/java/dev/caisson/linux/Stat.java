package dev.caisson.linux;

/**
 * What statx(2) says of a file. Times are seconds and nanoseconds since 1970; {@code blocks} are of 512 bytes;
 * {@code mntId} is the id in {@code /proc/self/mountinfo}, 0 before Linux 5.8.
 */
public record Stat(
        int mode, int uid, int gid, long ino, long size, int nlink, long blocks,
        int devMajor, int devMinor, int rdevMajor, int rdevMinor,
        long atimeSec, int atimeNsec, long mtimeSec, int mtimeNsec, long ctimeSec, int ctimeNsec, long mntId) {

    /** The type bits alone: one of {@code S_IFREG}, {@code S_IFDIR} … */
    public int type() {
        return mode & Fcntl.S_IFMT;
    }

    /** The permission bits with set-uid, set-gid and sticky: {@code mode & 07777}. */
    public int permissions() {
        return mode & 07777;
    }

    public boolean isDirectory() {
        return type() == Fcntl.S_IFDIR;
    }

    public boolean isRegular() {
        return type() == Fcntl.S_IFREG;
    }

    public boolean isSymlink() {
        return type() == Fcntl.S_IFLNK;
    }

    /** Whether both are the same file: device and inode agree. */
    public boolean isSameFile(Stat other) {
        return ino == other.ino && devMajor == other.devMajor && devMinor == other.devMinor;
    }
}
