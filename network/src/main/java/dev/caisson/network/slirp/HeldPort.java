package dev.caisson.network.slirp;

import dev.caisson.spi.network.AttachRequest.PortMapping;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * A port that nobody else can take, and at which nobody is answered yet.
 *
 * @param mapping with the host's port
 */
record HeldPort(PortMapping mapping, Closeable socket) {
    static HeldPort take(PortMapping wanted) throws IOException {
        InetAddress address = InetAddress.getByName(wanted.hostAddress().isEmpty() ? "0.0.0.0" : wanted.hostAddress());
        InetSocketAddress where = new InetSocketAddress(address, wanted.hostPort());
        Closeable held;
        int port;
        if (wanted.protocol().equals("udp")) {
            DatagramSocket socket = new DatagramSocket(where);
            held = socket;
            port = socket.getLocalPort();
        } else {
            Socket socket = bound(where);
            held = socket;
            port = socket.getLocalPort();
        }
        return new HeldPort(new PortMapping(wanted.hostAddress(), port, wanted.containerPort(), wanted.protocol()), held);
    }

    /** One that reuses its address shares it with every other that does and does not listen, so that is asked for only where connections of a server that has ended linger. */
    private static Socket bound(InetSocketAddress where) throws IOException {
        try {
            return bound(where, false);
        } catch (BindException taken) {
            return bound(where, true);
        }
    }

    private static Socket bound(InetSocketAddress where, boolean reuse) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setReuseAddress(reuse);
            socket.bind(where);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
