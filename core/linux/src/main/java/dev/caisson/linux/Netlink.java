package dev.caisson.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A netlink socket without any knowledge of its messages, see netlink(7). For one thread at a time. */
public final class Netlink implements AutoCloseable {
    public static final int NETLINK_ROUTE = 0;
    public static final int NETLINK_NETFILTER = 12;
    public static final int NETLINK_KOBJECT_UEVENT = 15;
    public static final int NETLINK_GENERIC = 16;

    public static final int NETLINK_ADD_MEMBERSHIP = 1;
    public static final int NETLINK_EXT_ACK = 11;
    public static final int NETLINK_GET_STRICT_CHK = 12;

    private static final int SOL_NETLINK = 270;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int SOCKADDR_SIZE = 12;
    private static final int NL_PID = 4;
    private static final int NL_TYPE = 4;
    private static final int SO_ATTACH_FILTER = 26;
    private static final int SOCK_FILTER = 8;
    private static final int BPF_LDH_ABS = 0x28;
    private static final int BPF_JEQ = 0x15;
    private static final int BPF_RET = 0x06;
    /** More than the kernel puts into one datagram of a dump (32 KiB). */
    private static final int BUFFER = 64 * 1024;

    private final Fd socket;
    private final int portId;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);

    private Netlink(Fd socket, int portId) {
        this.socket = socket;
        this.portId = portId;
    }

    /** Opens and binds a socket in the network namespace of the calling thread, where it stays. */
    public static Netlink open(int protocol) {
        Fd socket = Sockets.socket(Sockets.AF_NETLINK, Sockets.SOCK_RAW, protocol);
        try {
            Arena arena = Arena.begin();
            int address = arena.alloc(SOCKADDR_SIZE);
            int length = arena.alloc(4);
            arena.memory.putShort(address, (short) Sockets.AF_NETLINK).putInt(length, SOCKADDR_SIZE);
            Kernel.fd("bind AF_NETLINK", Nr.BIND, socket, arena.base + address, SOCKADDR_SIZE, 0, 0, 0);
            Kernel.fd("getsockname", Nr.GETSOCKNAME, socket, arena.base + address, arena.base + length, 0, 0, 0);
            return new Netlink(socket, arena.memory.getInt(address + NL_PID));
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** The address the kernel gave to this socket: {@code nlmsg_pid} of its messages. */
    public int portId() {
        return portId;
    }

    /** @param option {@code NETLINK_…}, such as {@link #NETLINK_EXT_ACK}; ENOPROTOOPT on a kernel without it */
    public void option(int option, int value) {
        Sockets.setsockopt(socket, SOL_NETLINK, option, value);
    }

    /**
     * Joins a multicast group: its messages are received beside answers. EPERM without CAP_NET_ADMIN for groups of netfilter.
     *
     * @param group the number of the group, such as {@code RTNLGRP_LINK}, not its bit
     */
    public void join(int group) {
        option(NETLINK_ADD_MEMBERSHIP, group);
    }

    /** Has the kernel drop messages of all other types before they wake anybody (a classic BPF program of SO_ATTACH_FILTER, socket(7)). @param types at most 64 */
    public void only(int... types) {
        Arena arena = Arena.begin();
        int program = arena.alloc((types.length + 3) * SOCK_FILTER);
        int at = instruction(arena, program, BPF_LDH_ABS, 0, NL_TYPE);
        for (int i = 0; i < types.length; i++) {
            int seen = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? Short.toUnsignedInt(Short.reverseBytes((short) types[i])) : types[i]; // it loads in network order
            at = instruction(arena, at, BPF_JEQ, types.length - i, seen);
        }
        at = instruction(arena, at, BPF_RET, 0, 0);
        instruction(arena, at, BPF_RET, 0, -1);
        int fprog = arena.alloc(16);
        arena.memory.putShort(fprog, (short) (types.length + 3)).putLong(fprog + 8, arena.base + program);
        Kernel.fd("setsockopt SO_ATTACH_FILTER", Nr.SETSOCKOPT, socket, Sockets.SOL_SOCKET, SO_ATTACH_FILTER, arena.base + fprog, 16, 0);
    }

    private static int instruction(Arena arena, int at, int code, int ifTrue, int operand) {
        arena.memory.putShort(at, (short) code).put(at + 2, (byte) ifTrue).put(at + 3, (byte) 0).putInt(at + 4, operand);
        return at + SOCK_FILTER;
    }

    /** Sends what remains of the buffer, which moves, to the kernel as one datagram. */
    public void send(ByteBuffer message) {
        Sockets.sendmsg(socket, message);
    }

    /** Waits for the next datagram from the kernel. ENOBUFS says that some were lost; EMSGSIZE that one did not fit. */
    public byte[] receive() {
        return receive(0);
    }

    /** As {@link #receive}, but EAGAIN at once if nothing is there. */
    public byte[] receiveNow() {
        return receive(MSG_DONTWAIT);
    }

    private byte[] receive(int flags) {
        while (true) {
            Arena arena = Arena.begin();
            int sender = arena.alloc(SOCKADDR_SIZE);
            int senderLength = arena.alloc(4);
            arena.memory.putInt(senderLength, SOCKADDR_SIZE);
            long length = Kernel.fd("recvfrom AF_NETLINK", Nr.RECVFROM, socket, Kernel.address(buffer), BUFFER,
                    flags | MSG_TRUNC, arena.base + sender, arena.base + senderLength);
            Reference.reachabilityFence(buffer);
            // Any process of the namespace can write to this socket; only the kernel has the address 0.
            if (arena.memory.getInt(sender + NL_PID) != 0) {
                continue;
            }
            if (length > BUFFER) {
                throw new SyscallException("recvfrom", "AF_NETLINK, " + length + " bytes", Errno.EMSGSIZE);
            }
            byte[] message = new byte[(int) length];
            buffer.get(0, message);
            return message;
        }
    }

    /** The socket itself: to watch it, to pass it on, to set its buffers. */
    public Fd fd() {
        return socket;
    }

    @Override
    public void close() {
        socket.close();
    }
}
