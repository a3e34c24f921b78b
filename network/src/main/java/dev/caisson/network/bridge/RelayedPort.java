package dev.caisson.network.bridge;

import dev.caisson.linux.Fd;
import dev.caisson.linux.Sockets;
import dev.caisson.network.ports.PortRelay;
import java.io.IOException;
import java.io.UncheckedIOException;

/** One at which the relay listens, for what no rule leads on. */
record RelayedPort(PortRelay.Listening held) implements PortHold {
    @Override
    public int port() {
        return held.port();
    }

    /** A second socket on the port. Over TCP it does not listen, so that who comes there is refused. */
    @Override
    public Fd reserve() {
        Fd second = Fd.CWD;
        try {
            byte[] address = held.where().getAddress().getAddress();
            second = Sockets.socket(Sockets.family(address), held.udp() ? Sockets.SOCK_DGRAM : Sockets.SOCK_STREAM, 0);
            Sockets.setsockopt(second, Sockets.SOL_SOCKET, Sockets.SO_REUSEPORT, 1);
            held.shared(true); // for this one alone
            try {
                Sockets.bind(second, address, held.port());
            } finally {
                held.shared(false);
            }
            Sockets.setsockopt(second, Sockets.SOL_SOCKET, Sockets.SO_REUSEPORT, 0);
            return second;
        } catch (IOException e) {
            second.close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            second.close();
            throw e;
        }
    }

    @Override
    public void close() {
        held.close();
    }
}
