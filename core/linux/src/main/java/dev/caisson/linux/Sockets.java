package dev.caisson.linux;

import java.nio.ByteBuffer;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;

/** Local sockets with descriptor passing. A message of SOCK_SEQPACKET ends at 212,992 bytes and 253 descriptors. */
public final class Sockets {
    public static final int AF_UNIX = 1;
    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;
    public static final int AF_NETLINK = 16;
    public static final int AF_PACKET = 17;
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_RAW = 3;
    public static final int SOCK_SEQPACKET = 5;
    public static final int SOCK_NONBLOCK = 0x800;

    public static final int SOL_SOCKET = 1;
    public static final int SO_SNDBUF = 7;
    public static final int SO_RCVBUF = 8;
    public static final int SO_REUSEPORT = 15;
    public static final int SO_SNDBUFFORCE = 32;
    public static final int SO_RCVBUFFORCE = 33;

    /** The kernel's SCM_MAX_FD. */
    public static final int MAX_DESCRIPTORS = 253;

    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SO_PEERCRED = 17;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CTRUNC = 0x8;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int SIOCGIFFLAGS = 0x8913;
    private static final int SIOCSIFFLAGS = 0x8914;
    private static final int IFREQ_SIZE = 40;
    private static final int IFREQ_FLAGS = 16;
    private static final int IFF_UP = 1;
    private static final int SUN_PATH = 108;
    private static final int SOCKADDR_IN = 16;
    private static final int SOCKADDR_IN6 = 28;
    private static final int CONTROL_SIZE = Abi.CMSGHDR_SIZE + ((MAX_DESCRIPTORS * 4 + 7) & ~7);
    /** Bytes of a heap buffer that find room in the thread's own memory. */
    private static final int SMALL = 4096;
    private static final int[] NO_DESCRIPTORS = {};

    /** Two connected sockets. */
    public record Pair(Fd first, Fd second) {}

    /**
     * A received message. Length 0 without descriptors is the end: the other side has closed. The receiver owns the
     * descriptors, even when {@code truncated} says that bytes or descriptors did not fit and are lost.
     */
    public record Received(int length, List<Fd> fds, boolean truncated) {}

    /** Who connected, or made the pair (SO_PEERCRED). */
    public record Credentials(int pid, int uid, int gid) {}

    private Sockets() {}

    public static Fd socket(int domain, int type, int protocol) {
        long result = Kernel.raw(Nr.SOCKET, domain, type | SOCK_CLOEXEC, protocol, 0, 0, 0);
        if (result < 0) {
            throw new SyscallException("socket", domain + ", " + type + ", " + protocol, (int) -result);
        }
        return Fd.adopt((int) result);
    }

    /** @param type {@link #SOCK_SEQPACKET} or another, or-ed with {@link #SOCK_NONBLOCK} */
    public static Pair socketpair(int type) {
        Arena arena = Arena.begin();
        int fds = arena.reserve(8);
        Kernel.check(
                Kernel.raw(Nr.SOCKETPAIR, AF_UNIX, type | SOCK_CLOEXEC, 0, arena.base + fds, 0, 0), "socketpair", "AF_UNIX");
        return new Pair(Fd.adopt(arena.memory.getInt(fds)), Fd.adopt(arena.memory.getInt(fds + 4)));
    }

    public static int sendmsg(Fd socket, ByteBuffer message) {
        return sendmsg(socket, message, NO_DESCRIPTORS);
    }

    /**
     * Sends what remains of the buffer, which moves, and copies of the descriptors (SCM_RIGHTS). No SIGPIPE: EPIPE.
     *
     * @return the bytes sent; all or none on SOCK_SEQPACKET
     */
    public static int sendmsg(Fd socket, ByteBuffer message, int[] fds) {
        if (fds.length > MAX_DESCRIPTORS) {
            throw new IllegalArgumentException(fds.length + " descriptors in one message, 253 at most");
        }
        Arena arena = Arena.begin();
        int length = message.remaining();
        ByteBuffer direct = message.isDirect() || length <= SMALL ? message : ByteBuffer.allocateDirect(length).put(message.duplicate()).flip();
        long data = direct.isDirect() ? Kernel.address(direct) : arena.base + copy(arena, message);
        int header = header(arena, data, length, fds.length == 0 ? 0 : Abi.CMSGHDR_SIZE + ((fds.length * 4 + 7) & ~7));
        if (fds.length > 0) {
            int control = header + Abi.MSGHDR_SIZE + Abi.IOVEC_SIZE;
            arena.memory.putLong(control, Abi.CMSGHDR_SIZE + fds.length * 4L);
            arena.memory.putInt(control + 8, SOL_SOCKET).putInt(control + 12, SCM_RIGHTS);
            for (int i = 0; i < fds.length; i++) {
                arena.memory.putInt(control + Abi.CMSGHDR_SIZE + i * 4, fds[i]);
            }
        }
        int sent = (int) Kernel.fd("sendmsg", Nr.SENDMSG, socket, arena.base + header, MSG_NOSIGNAL, 0, 0, 0);
        Reference.reachabilityFence(direct);
        message.position(message.position() + sent);
        return sent;
    }

    /** Waits for a message and puts it at the buffer's position, which moves; see {@link Received}. */
    public static Received recvmsg(Fd socket, ByteBuffer into) {
        return recvmsg(socket, into, 0);
    }

    /** As {@link #recvmsg}, but EAGAIN at once if nothing is there. */
    public static Received recvmsgNow(Fd socket, ByteBuffer into) {
        return recvmsg(socket, into, MSG_DONTWAIT);
    }

    private static Received recvmsg(Fd socket, ByteBuffer into, int flags) {
        ByteBuffer direct = into.isDirect() ? into : ByteBuffer.allocateDirect(into.remaining());
        Arena arena = Arena.begin();
        int header = header(arena, Kernel.address(direct), direct.remaining(), CONTROL_SIZE);
        int length = (int) Kernel.fd(
                "recvmsg", Nr.RECVMSG, socket, arena.base + header, flags | MSG_CMSG_CLOEXEC, 0, 0, 0);
        Reference.reachabilityFence(direct);
        int seen = arena.memory.getInt(header + Abi.MSGHDR_FLAGS);
        List<Fd> fds = descriptors(arena, header);
        if (direct == into) {
            into.position(into.position() + length);
        } else {
            into.put(direct.limit(length));
        }
        return new Received(length, fds, (seen & (MSG_TRUNC | MSG_CTRUNC)) != 0);
    }

    /** A msghdr, its one iovec and room for control data, in this order. */
    private static int header(Arena arena, long data, int length, int control) {
        int header = arena.alloc(Abi.MSGHDR_SIZE + Abi.IOVEC_SIZE);
        arena.reserve(control); // it follows, and whoever fills it fills all that counts
        int iovec = header + Abi.MSGHDR_SIZE;
        arena.memory.putLong(iovec, data).putLong(iovec + 8, length);
        arena.memory.putLong(header + Abi.MSGHDR_IOV, arena.base + iovec).putLong(header + Abi.MSGHDR_IOVLEN, 1);
        if (control > 0) {
            arena.memory.putLong(header + Abi.MSGHDR_CONTROL, arena.base + iovec + Abi.IOVEC_SIZE);
            arena.memory.putLong(header + Abi.MSGHDR_CONTROLLEN, control);
        }
        return header;
    }

    private static List<Fd> descriptors(Arena arena, int header) {
        int at = header + Abi.MSGHDR_SIZE + Abi.IOVEC_SIZE;
        int end = at + (int) arena.memory.getLong(header + Abi.MSGHDR_CONTROLLEN);
        if (at == end) {
            return List.of();
        }
        List<Fd> fds = new ArrayList<>();
        while (at + Abi.CMSGHDR_SIZE <= end) {
            int length = (int) arena.memory.getLong(at);
            boolean rights = arena.memory.getInt(at + 8) == SOL_SOCKET && arena.memory.getInt(at + 12) == SCM_RIGHTS;
            for (int i = Abi.CMSGHDR_SIZE; rights && i + 4 <= length; i += 4) {
                fds.add(Fd.adopt(arena.memory.getInt(at + i)));
            }
            at += Math.max(Abi.CMSGHDR_SIZE, (length + 7) & ~7);
        }
        return fds;
    }

    private static int copy(Arena arena, ByteBuffer heap) {
        int at = arena.reserve(heap.remaining());
        arena.memory.put(at, heap, heap.position(), heap.remaining());
        return at;
    }

    /** A socket of SOCK_SEQPACKET that listens at a path, which must be free and shorter than 108 bytes. */
    public static Fd listen(java.nio.file.Path path, int backlog) {
        return at(path, SOCK_SEQPACKET, "bind", Nr.BIND, socket -> Kernel.fd("listen", Nr.LISTEN, socket, backlog, 0, 0, 0, 0));
    }

    /** Binds a socket of AF_INET or AF_INET6 to an address of that family and a port. */
    public static void bind(Fd socket, byte[] address, int port) {
        boolean six = address.length > 4;
        int size = six ? SOCKADDR_IN6 : SOCKADDR_IN;
        Arena arena = Arena.begin();
        int at = arena.alloc(size);
        arena.memory.putShort(at, (short) (six ? AF_INET6 : AF_INET)).put(at + 2, (byte) (port >> 8)).put(at + 3, (byte) port);
        for (int i = 0; i < address.length; i++) {
            arena.memory.put(at + (six ? 8 : 4) + i, address[i]);
        }
        Kernel.fd("bind port " + port, Nr.BIND, socket, arena.base + at, size, 0, 0, 0);
    }

    /** {@link #AF_INET} or {@link #AF_INET6}, for an address of 4 or 16 bytes. */
    public static int family(byte[] address) {
        return address.length > 4 ? AF_INET6 : AF_INET;
    }

    /** The port that a socket of one of those two is bound to; 0 for none (getsockname(2)). */
    public static int port(Fd socket) {
        Arena arena = Arena.begin();
        int at = arena.alloc(SOCKADDR_IN6);
        int length = arena.alloc(4);
        arena.memory.putInt(length, SOCKADDR_IN6);
        Kernel.fd("getsockname", Nr.GETSOCKNAME, socket, arena.base + at, arena.base + length, 0, 0, 0);
        return (arena.memory.get(at + 2) & 0xff) << 8 | arena.memory.get(at + 3) & 0xff;
    }

    /** A connection of SOCK_SEQPACKET to a socket that listens at a path. */
    public static Fd connect(java.nio.file.Path path) {
        return at(path, SOCK_SEQPACKET, "connect", Nr.CONNECT, socket -> { });
    }

    /** A connection of SOCK_STREAM to a socket that listens at a path. */
    public static Fd connectStream(java.nio.file.Path path) {
        return at(path, SOCK_STREAM, "connect", Nr.CONNECT, socket -> { });
    }

    private static Fd at(java.nio.file.Path path, int type, String call, int number, java.util.function.Consumer<Fd> then) {
        byte[] name = path.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
        if (name.length > SUN_PATH - 1) {
            throw new SyscallException(call, path.toString(), Errno.ENAMETOOLONG);
        }
        Fd socket = socket(AF_UNIX, type, 0);
        try {
            Arena arena = Arena.begin();
            int address = arena.alloc(2 + SUN_PATH);
            arena.memory.putShort(address, (short) AF_UNIX);
            for (int i = 0; i < name.length; i++) {
                arena.memory.put(address + 2 + i, name[i]);
            }
            Kernel.check(Kernel.raw(number, socket.value(), arena.base + address, 2 + name.length + 1, 0, 0, 0), call, path.toString());
            then.accept(socket);
            return socket;
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    public static Credentials peerCredentials(Fd socket) {
        Arena arena = Arena.begin();
        int value = arena.alloc(12);
        int length = arena.alloc(4);
        arena.memory.putInt(length, 12);
        Kernel.fd("getsockopt SO_PEERCRED", Nr.GETSOCKOPT, socket, SOL_SOCKET, SO_PEERCRED, arena.base + value, arena.base + length, 0);
        return new Credentials(arena.memory.getInt(value), arena.memory.getInt(value + 4), arena.memory.getInt(value + 8));
    }

    /** Sets an option that is an int, such as {@link #SO_RCVBUF}; the kernel doubles buffer sizes. */
    public static void setsockopt(Fd socket, int level, int option, int value) {
        Arena arena = Arena.begin();
        int at = arena.alloc(4);
        arena.memory.putInt(at, value);
        Kernel.fd("setsockopt", Nr.SETSOCKOPT, socket, level, option, arena.base + at, 4, 0);
    }

    public static int getsockopt(Fd socket, int level, int option) {
        Arena arena = Arena.begin();
        int value = arena.alloc(4);
        int length = arena.alloc(4);
        arena.memory.putInt(length, 4);
        Kernel.fd("getsockopt", Nr.GETSOCKOPT, socket, level, option, arena.base + value, arena.base + length, 0);
        return arena.memory.getInt(value);
    }

    /** Fills a direct buffer, which also says what is asked for. The whole of it is used, and it does not move. */
    public static void getsockopt(Fd socket, int level, int option, ByteBuffer value) {
        Arena arena = Arena.begin();
        int length = arena.alloc(4);
        arena.memory.putInt(length, value.capacity());
        Kernel.fd("getsockopt", Nr.GETSOCKOPT, socket, level, option, Kernel.address(value), arena.base + length, 0);
        java.lang.ref.Reference.reachabilityFence(value);
    }

    /** Sets {@code lo} up in the network namespace of the calling thread. */
    public static void loopbackUp() {
        try (Fd socket = socket(AF_INET, SOCK_DGRAM, 0)) {
            Arena arena = Arena.begin();
            int request = arena.alloc(IFREQ_SIZE);
            arena.memory.put(request, (byte) 'l').put(request + 1, (byte) 'o');
            Kernel.fd("ioctl SIOCGIFFLAGS lo", Nr.IOCTL, socket, SIOCGIFFLAGS, arena.base + request, 0, 0, 0);
            int flags = arena.memory.getShort(request + IFREQ_FLAGS) | IFF_UP;
            arena.memory.putShort(request + IFREQ_FLAGS, (short) flags);
            Kernel.fd("ioctl SIOCSIFFLAGS lo", Nr.IOCTL, socket, SIOCSIFFLAGS, arena.base + request, 0, 0, 0);
        }
    }
}
