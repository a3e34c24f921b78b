package dev.caisson.testkit.conformance;

import static dev.caisson.linux.Fcntl.AT_EMPTY_PATH;
import static dev.caisson.linux.Fcntl.AT_SYMLINK_NOFOLLOW;
import static dev.caisson.linux.Fcntl.O_CREAT;
import static dev.caisson.linux.Fcntl.O_RDWR;
import static dev.caisson.linux.Fcntl.S_IFCHR;
import static dev.caisson.linux.Fcntl.S_IFIFO;
import static dev.caisson.testkit.conformance.StorageFixture.commit;
import static dev.caisson.testkit.conformance.StorageFixture.layer;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Stat;
import dev.caisson.linux.Xattrs;
import dev.caisson.spi.storage.RootOptions;
import dev.caisson.spi.storage.StorageDriver;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** {@link StorageDriverConformance}, and what must become of files in layers: everything tar can say of a file arrives. */
public abstract class StorageTreeConformance extends StorageDriverConformance {
    private static final long OLD = 1_000_000_000;

    @Test
    void filesArriveWithAllTheyHave() {
        commit(driver, layer(1), null, StorageTreeConformance::unusual);
        commit(driver, layer(2), layer(1), (tree, how) -> tree.write("more", "x"));
        try (DetachedTree root = fixture.root(driver, "c1", layer(2), RootOptions.DEFAULT)) {
            Stat su = root.stat("su");
            assertEquals(04755, su.permissions());
            assertEquals(1234, su.uid());
            assertEquals(5678, su.gid());
            assertEquals(OLD, su.mtimeSec());
            assertEquals(123_456_789, su.mtimeNsec());
            try (Fd file = FileCalls.openat(root.fd(), "su", 0, 0)) {
                assertArrayEquals(new byte[] {1, 0, 2}, Xattrs.getxattr(file, "trusted.caisson").orElseThrow());
                assertArrayEquals("v".getBytes(), Xattrs.getxattr(file, "user.caisson").orElseThrow());
            }
            Stat link = root.stat("link");
            assertEquals("/no/where", FileCalls.readlinkat(root.fd(), "link"));
            assertEquals(OLD, link.mtimeSec());
            assertEquals(77, link.uid());
            assertEquals(root.stat("hard/one").ino(), root.stat("hard/two").ino());
            assertEquals(2, root.stat("hard/one").nlink());
            Stat device = root.stat("null");
            assertEquals(S_IFCHR | 0606, device.mode());
            assertEquals(1, device.rdevMajor());
            assertEquals(3, device.rdevMinor());
            assertEquals(S_IFIFO, root.stat("fifo").type());
            Stat sparse = root.stat("sparse");
            assertEquals(64 << 20, sparse.size());
            assertTrue(sparse.blocks() * 512 < 1 << 20, "a hole stays a hole: " + sparse.blocks() + " blocks");
            assertEquals(0500, root.stat("locked").permissions());
            assertEquals(OLD, root.stat("locked").mtimeSec());
        }
    }

    private static void unusual(DetachedTree tree, Object how) {
        tree.write("su", "program");
        try (Fd file = FileCalls.openat(tree.fd(), "su", 0, 0)) {
            FileCalls.fchownat(file, "", 1234, 5678, AT_EMPTY_PATH);
            FileCalls.fchmodat2(file, "", 04755, AT_EMPTY_PATH);
            Xattrs.setxattr(file, "trusted.caisson", new byte[] {1, 0, 2}, 0);
            Xattrs.setxattr(file, "user.caisson", "v".getBytes(), 0);
            FileCalls.utimensat(file, "", OLD, 0, OLD, 123_456_789, AT_EMPTY_PATH);
        }
        FileCalls.symlinkat("/no/where", tree.fd(), "link");
        FileCalls.fchownat(tree.fd(), "link", 77, 77, AT_SYMLINK_NOFOLLOW);
        FileCalls.utimensat(tree.fd(), "link", OLD, 0, OLD, 0, AT_SYMLINK_NOFOLLOW);
        tree.write("hard/one", "both");
        FileCalls.linkat(tree.fd(), "hard/one", tree.fd(), "hard/two", 0);
        FileCalls.mknodat(tree.fd(), "null", S_IFCHR | 0600, 1, 3);
        FileCalls.fchmodat2(tree.fd(), "null", 0606, 0);
        FileCalls.mknodat(tree.fd(), "fifo", S_IFIFO | 0600, 0, 0);
        try (Fd file = FileCalls.openat(tree.fd(), "sparse", O_RDWR | O_CREAT, 0600)) {
            FileCalls.pwrite(file, ByteBuffer.wrap(new byte[] {1}), 0);
            FileCalls.pwrite(file, ByteBuffer.wrap(new byte[] {2}), 32 << 20);
            FileCalls.ftruncate(file, 64 << 20);
        }
        tree.write("locked/inside", "x");
        FileCalls.fchmodat2(tree.fd(), "locked", 0500, 0);
        FileCalls.utimensat(tree.fd(), "locked", OLD, 0, OLD, 0, 0);
    }

    @Test
    void theRootDirectoryIsTheImages() {
        commit(driver, layer(1), null, (tree, how) -> {
            FileCalls.fchownat(tree.fd(), "", 5, 6, AT_EMPTY_PATH);
            FileCalls.fchmodat2(tree.fd(), ".", 0555, 0);
        });
        commit(driver, layer(2), layer(1), (tree, how) -> tree.write("x", "x"));
        for (int top = 1; top <= 2; top++) {
            try (DetachedTree root = fixture.root(driver, "c" + top, layer(top), RootOptions.DEFAULT)) {
                Stat stat = FileCalls.fstat(root.fd());
                assertEquals(0555, stat.permissions());
                assertEquals(5, stat.uid());
                assertEquals(6, stat.gid());
            }
        }
    }

    @Test
    void usageCountsWhatIsAllocated() {
        commit(driver, layer(1), null, (tree, how) -> {
            tree.write("large", new byte[1 << 20]);
            FileCalls.linkat(tree.fd(), "large", tree.fd(), "same", 0);
        });
        StorageDriver.Usage usage = driver.usage(layer(1));
        assertTrue(usage.bytes() >= 1 << 20 && usage.bytes() < 2 << 20, "a file with two links once: " + usage);
        assertEquals(2, usage.inodes());
    }
}
