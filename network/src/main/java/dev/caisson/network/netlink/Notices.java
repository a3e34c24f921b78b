package dev.caisson.network.netlink;

import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Netlink;
import dev.caisson.linux.SyscallException;
import java.util.List;

/** What the kernel says unasked of one network namespace, to multicast groups of one family. For one thread. */
public final class Notices implements AutoCloseable {
    private final Netlink socket;

    private Notices(Netlink socket) {
        this.socket = socket;
    }

    /**
     * Listens in the network namespace of the calling thread, where it stays.
     *
     * @param family {@code Netlink.NETLINK_…}
     * @param groups numbers of multicast groups
     * @param types of messages; the kernel keeps all others back
     */
    public static Notices open(int family, int[] groups, int... types) {
        Netlink socket = Netlink.open(family);
        try {
            socket.only(types);
            for (int group : groups) {
                socket.join(group);
            }
            return new Notices(socket);
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** To be watched for what can be read. */
    public Fd fd() {
        return socket.fd();
    }

    /**
     * What has come since the last call.
     *
     * @param all where it is put
     * @return false if more came than the socket holds, so that anything may have happened
     */
    public boolean drain(List<Answer> all) {
        boolean whole = true;
        while (true) {
            try {
                all.addAll(Answer.parse(socket.receiveNow()));
            } catch (SyscallException e) {
                if (e.is(Errno.EAGAIN)) {
                    return whole;
                }
                if (!e.is(Errno.ENOBUFS) && !e.is(Errno.EMSGSIZE)) {
                    throw e;
                }
                whole = false;
            }
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
