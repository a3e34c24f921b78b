package dev.caisson.network.bridge;

import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.SyscallException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.Optional;

/** One of SCTP: a socket that has the port and does not listen, as rules lead there all that comes. */
record SctpPort(Fd socket, int port) implements PortHold {
    /** Empty if this kernel has no SCTP; where it is a module, asking loads it. */
    static Optional<Fd> socket(InetSocketAddress where) {
        try {
            return Optional.of(Sockets.socket(Sockets.family(where.getAddress().getAddress()), Sockets.SOCK_STREAM, Transport.SCTP.number & 0xff));
        } catch (SyscallException e) {
            if (e.is(Errno.EPROTONOSUPPORT, Errno.ESOCKTNOSUPPORT)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** @param socket becomes this one's @throws BindException if somebody has the port, or nobody the address */
    static SctpPort bind(Fd socket, InetSocketAddress where) throws BindException {
        try {
            Sockets.bind(socket, where.getAddress().getAddress(), where.getPort());
            return new SctpPort(socket, Sockets.port(socket));
        } catch (SyscallException e) {
            socket.close();
            if (e.is(Errno.EADDRINUSE)) {
                throw new BindException("Address already in use");
            }
            if (e.is(Errno.EADDRNOTAVAIL)) {
                throw new BindException("Cannot assign requested address");
            }
            throw e;
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public Fd reserve() {
        return socket.dup();
    }

    @Override
    public void close() {
        socket.close();
    }
}
