package dev.caisson.core.rootfs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.core.rootfs.HostFileSystems.FileSystem;
import dev.caisson.linux.Mountinfo;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which mounts hostRoot() shows, by mountinfo texts of several kinds of machines. */
class HostFileSystemsTest {
    private static final String LAPTOP = """
            22 28 0:21 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
            23 28 0:22 / /proc rw,nosuid,nodev,noexec,relatime shared:14 - proc proc rw
            24 28 0:5 / /dev rw,nosuid,relatime shared:2 - devtmpfs udev rw,size=8100000k,mode=755
            25 24 0:23 / /dev/pts rw,nosuid,noexec,relatime shared:3 - devpts devpts rw,gid=5,mode=620,ptmxmode=000
            26 28 0:24 / /run rw,nosuid,nodev,noexec,relatime shared:5 - tmpfs tmpfs rw,size=1600000k,mode=755
            28 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw,errors=remount-ro
            30 22 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw
            90 28 259:1 / /boot/efi rw,relatime shared:40 - vfat /dev/nvme0n1p1 rw,fmask=0077
            91 28 259:3 / /home rw,relatime shared:41 - xfs /dev/nvme0n1p3 rw,attr2
            92 91 0:50 / /home/me/remote rw,nosuid,nodev,relatime shared:42 - nfs4 server:/me rw,vers=4.2
            93 28 7:0 / /snap/core/1 ro,nodev,relatime shared:43 - squashfs /dev/loop0 ro
            94 26 0:60 / /run/user/1000 rw,nosuid,nodev,relatime shared:44 - tmpfs tmpfs rw,uid=1000
            95 94 0:61 / /run/user/1000/doc rw,nosuid,nodev,relatime shared:45 - fuse.portal portal rw,user_id=1000
            96 28 0:62 / /tmp rw,nosuid,nodev shared:46 - tmpfs tmpfs rw
            97 28 259:2 /var/key /etc/ssl/my\\040key rw,relatime shared:47 - ext4 /dev/nvme0n1p2 rw
            """;

    private static final String CONTAINER = """
            600 500 0:70 / / rw,relatime - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w
            601 600 0:71 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
            602 600 0:72 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
            603 600 259:2 /var/lib/docker/containers/x/hostname /etc/hostname rw,relatime - ext4 /dev/nvme0n1p2 rw
            604 602 259:2 /srv /dev/shm/data rw,relatime - ext4 /dev/nvme0n1p2 rw
            """;

    private static String shown(String mountinfo) {
        return HostFileSystems.of(Mountinfo.parse(mountinfo), target -> !target.equals("/etc/hostname")).stream()
                .map(f -> f.target() + (f.directory() ? "" : " (file)")).collect(Collectors.joining(", "));
    }

    @Test
    void aLaptop() {
        assertEquals("/, /boot/efi, /etc/ssl/my key, /home, /home/me/remote, /snap/core/1", shown(LAPTOP));
    }

    @Test
    void insideAContainer() {
        assertEquals("/, /etc/hostname (file)", shown(CONTAINER));
    }

    @Test
    void whatIsCoveredOnTheSameTargetIsNotShown() {
        String disk = "50 1 8:1 / / rw - ext4 /dev/a rw\n51 50 8:2 / /data rw - ext4 /dev/b rw\n";
        assertEquals("/, /data", shown(disk));
        assertEquals("/", shown(disk + "52 51 0:9 / /data rw - tmpfs tmpfs rw\n"));
        assertEquals("/, /data", shown(disk + "52 51 0:9 / /data rw - tmpfs tmpfs rw\n53 52 8:3 / /data rw - btrfs /dev/c rw\n"));
    }

    @Test
    void whatALaterMountAboveCoversIsNotShown() {
        String covered = "50 1 8:1 / / rw - ext4 /dev/a rw\n51 50 8:2 / /mnt/sub rw - ext4 /dev/b rw\n53 51 8:4 / /mnt/sub/x rw - ext4 /dev/d rw\n";
        assertEquals("/, /mnt/sub, /mnt/sub/x", shown(covered));
        assertEquals("/, /mnt", shown(covered + "52 50 8:3 / /mnt rw - ext4 /dev/c rw\n"));
    }

    @Test
    void whatIsBelowMemoryIsNotShown() {
        assertEquals("/", shown("50 1 8:1 / / rw - ext4 /dev/a rw\n51 50 0:9 / /mnt rw - tmpfs tmpfs rw\n52 51 8:2 / /mnt/disk rw - ext4 /dev/b rw\n"));
        assertEquals("/, /mnts", shown("50 1 8:1 / / rw - ext4 /dev/a rw\n51 50 0:9 / /mnt rw - tmpfs tmpfs rw\n52 50 8:2 / /mnts rw - ext4 /dev/b rw\n"));
    }

    @Test
    void theRootIsShownWhateverItIs() {
        assertEquals("/", shown("1 0 0:1 / / rw - tmpfs tmpfs rw\n"));
        assertEquals("/", shown(""));
        assertEquals("/, /srv", shown("1 1 0:1 / / rw - rootfs rootfs rw\n50 1 8:1 / / rw - ext4 /dev/a rw\n52 50 8:2 / /srv rw - zfs pool/srv rw\n"));
    }

    @Test
    void parentsComeBeforeChildren() {
        List<FileSystem> shown = HostFileSystems.of(Mountinfo.parse("54 50 8:2 / /a rw - ext4 /dev/b rw\n52 53 8:2 / /a/b/c rw - ext4 /dev/b rw\n"
                + "53 54 8:2 / /a/b rw - ext4 /dev/b rw\n50 1 8:1 / / rw - ext4 /dev/a rw\n"), target -> true);
        assertEquals(List.of("/", "/a", "/a/b", "/a/b/c"), shown.stream().map(FileSystem::target).toList());
    }
}
