package dev.caisson.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls that need root: mounts (detached, or in a namespace of their own), namespaces, terminals. */
@Tag("host")
class HostCallsTest {
    private List<MountEntry> mounts;
    private int descriptors;

    @BeforeEach
    void remember() {
        mounts = Mountinfo.read();
        descriptors = Descriptors.count();
    }

    @AfterEach
    void nothingIsLeft() {
        assertEquals(mounts, Mountinfo.read());
        assertEquals(descriptors, Descriptors.count());
    }

    @Test
    void aDetachedMountIsUsedThroughItsDescriptor() {
        try (Fd fs = Mounts.fsopen("tmpfs")) {
            Mounts.fsconfigString(fs, "size", "1m");
            Mounts.fsconfigCreate(fs);
            try (SafeRoot root = SafeRoot.of(Mounts.fsmount(fs, MountFlags.MOUNT_ATTR_NODEV))) {
                assertEquals(StatFs.TMPFS, FileCalls.statfs(root.fd()).type());
                root.mkdirs("a/b", 0755).close();
                Mounts.mountSetattr(root.fd(), "", Fcntl.AT_EMPTY_PATH, MountFlags.MOUNT_ATTR_RDONLY, 0, 0, -1);
                assertEquals(Errno.EROFS, assertThrows(SyscallException.class, () -> root.mkdirs("c", 0755)).errno());
            }
        }
    }

    @Test
    void theKernelsLogIsInTheMessage() {
        try (Fd fs = Mounts.fsopen("overlay")) {
            SyscallException e = assertThrows(
                    SyscallException.class, () -> Mounts.fsconfigString(fs, "colour", "red"));
            assertTrue(e.getMessage().startsWith("fsconfig(colour=red): EINVAL (22) Invalid argument: e overlay: "), e.getMessage());
        }
        assertEquals("fsopen(nosuchfs): ENODEV (19) No such device",
                assertThrows(SyscallException.class, () -> Mounts.fsopen("nosuchfs")).getMessage());
    }

    @Test
    void removingATreeEntersNoMount(@TempDir Path temp) throws Exception {
        inNewNamespaces(Namespaces.Kind.MNT, () -> {
            Mounts.mount(null, "/", null, MountFlags.MS_REC | MountFlags.MS_PRIVATE, null);
            Path tree = java.nio.file.Files.createDirectories(temp.resolve("tree/mount")).getParent();
            Path canary = java.nio.file.Files.createDirectories(temp.resolve("canary"));
            java.nio.file.Files.writeString(canary.resolve("secret"), "host");
            Mounts.mount(canary.toString(), tree.resolve("mount").toString(), null, MountFlags.MS_BIND, null);
            try (SafeRoot root = SafeRoot.open(temp)) {
                SyscallException e = assertThrows(SyscallException.class, () -> root.removeTree("tree"));
                assertEquals(Errno.EXDEV, e.errno(), e.getMessage());
            }
            assertEquals("host", java.nio.file.Files.readString(canary.resolve("secret")));
            Mounts.umount2(tree.resolve("mount").toString(), MountFlags.MNT_DETACH | MountFlags.UMOUNT_NOFOLLOW);
        });
    }

    @Test
    void workRunsInsideAndTheThreadComesBack() throws Exception {
        Fd[] made = new Fd[1];
        inNewNamespaces(Namespaces.Kind.NET, () -> {
            Sockets.loopbackUp();
            made[0] = Namespaces.current(Namespaces.Kind.NET);
        });
        try (Fd net = made[0]; NamespaceThread thread = new NamespaceThread(Namespaces.Kind.NET)) {
            long inside = FileCalls.fstat(net).ino();
            try (Fd home = Namespaces.current(Namespaces.Kind.NET)) {
                assertNotEquals(FileCalls.fstat(home).ino(), inside);
                assertEquals(inside, thread.call(net, HostCallsTest::currentNet));
                assertEquals(inside, thread.call(net, HostCallsTest::currentNet));
                assertEquals(FileCalls.fstat(home).ino(), thread.call(home, HostCallsTest::currentNet));
            }
            assertThrows(IllegalStateException.class, () -> thread.call(net, () -> {
                throw new IllegalStateException("work");
            }));
            assertThrows(CompletionException.class, () -> thread.call(net, () -> {
                throw new java.io.IOException("work");
            }));
            byte[] answer = thread.call(net, () -> links(NETLINK_DUMP));
            assertTrue(new String(answer, java.nio.charset.StandardCharsets.ISO_8859_1).contains("lo\0"));
        }
    }

    private static final int NETLINK_DUMP = 0x301;

    /** RTM_GETLINK with NLM_F_REQUEST | NLM_F_DUMP: the first datagram of the answer. */
    private static byte[] links(int flags) {
        try (Netlink netlink = Netlink.open(Netlink.NETLINK_ROUTE)) {
            ByteBuffer request = ByteBuffer.allocate(32).order(ByteOrder.nativeOrder());
            request.putInt(32).putShort((short) 18).putShort((short) flags).putInt(1).putInt(0).position(0);
            netlink.send(request);
            return netlink.receive();
        }
    }

    private static long currentNet() {
        try (Fd fd = Namespaces.current(Namespaces.Kind.NET)) {
            return FileCalls.fstat(fd).ino();
        }
    }

    @Test
    void aTerminalOfAPrivateDevpts() {
        try (Fd fs = Mounts.fsopen("devpts")) {
            Mounts.fsconfigString(fs, "ptmxmode", "0666");
            Mounts.fsconfigCreate(fs);
            try (Fd pts = Mounts.fsmount(fs, 0); Terminals.Pty pty = Terminals.openpty(pts)) {
                assertEquals(0, pty.number());
                assertEquals(136, FileCalls.fstat(pty.peer()).rdevMajor());
                Terminals.setWinsize(pty.master(), new Terminals.Winsize(40, 132));
                assertEquals(new Terminals.Winsize(40, 132), Terminals.winsize(pty.peer()));
                byte[] cooked = Terminals.raw(pty.peer());
                FileCalls.writeAll(pty.peer(), ByteBuffer.wrap(new byte[] {'a', '\n'}));
                assertArrayEquals(new byte[] {'a', '\n'}, read(pty.master()));
                Terminals.restore(pty.peer(), cooked);
                FileCalls.writeAll(pty.peer(), ByteBuffer.wrap(new byte[] {'a', '\n'}));
                assertArrayEquals(new byte[] {'a', '\r', '\n'}, read(pty.master()));
            }
        }
    }

    private static byte[] read(Fd fd) {
        ByteBuffer buffer = ByteBuffer.allocate(100);
        FileCalls.read(fd, buffer);
        return java.util.Arrays.copyOf(buffer.array(), buffer.position());
    }

    private interface Work {
        void run() throws Exception;
    }

    /** On a thread that ends there. */
    private static void inNewNamespaces(Namespaces.Kind kind, Work work) throws Exception {
        Throwable[] failure = new Throwable[1];
        Thread thread = new Thread(() -> {
            try {
                Namespaces.unshare(kind.flag());
                work.run();
            } catch (Throwable e) {
                failure[0] = e;
            }
        });
        thread.start();
        thread.join();
        if (failure[0] != null) {
            throw new AssertionError(failure[0]);
        }
    }
}
