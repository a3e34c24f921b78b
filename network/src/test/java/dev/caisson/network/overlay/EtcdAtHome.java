package dev.caisson.network.overlay;

import dev.caisson.testkit.hosts.NetworkSpace;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The etcd of the test at a host's own loopback, from where keys are taken without TLS: as somebody's proxy would have it there, whose way to etcd nobody changes.
 * So that what is not a test of TLS does not pay for it, which on emulated processors is more than the engine's patience with etcd.
 */
final class EtcdAtHome implements AutoCloseable {
    static final String URL = "http://127.0.0.1:2379";
    private static final int PORT = 2379;

    private final NetworkSpace host;
    private final String etcd;
    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<Thread> threads = new ArrayList<>();

    /** @param etcd the address where it is in truth */
    EtcdAtHome(NetworkSpace host, String etcd) {
        this.host = host;
        this.etcd = etcd;
        listener = host.in(() -> new ServerSocket(PORT, 50, InetAddress.getByName("127.0.0.1")));
        thread(() -> host.in(() -> {
            serve();
            return null;
        }));
    }

    private void thread(Runnable work) {
        Thread thread = new Thread(work, "etcd-at-home-" + host.pid());
        synchronized (threads) {
            threads.add(thread);
        }
        thread.start();
    }

    /** On a thread in the host's namespace, which those that it makes are in, too. */
    private void serve() throws IOException {
        while (!listener.isClosed()) {
            try {
                Socket near = kept(listener.accept());
                thread(() -> connect(near));
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    throw e;
                }
            }
        }
    }

    private void connect(Socket near) {
        try {
            Socket far = kept(new Socket()); // before it is connected, which takes minutes to fail where another host has this one's address: who closes it ends that
            if (listener.isClosed()) {
                throw new IOException("it is over");
            }
            far.connect(new InetSocketAddress(etcd, PORT));
            thread(() -> carry(far, near));
            carry(near, far);
        } catch (IOException e) {
            drop(near);
        }
    }

    /** One direction, to its end; with an answer's end all is over, while of a request etcd waits for nothing more. */
    private void carry(Socket from, Socket to) {
        try (InputStream in = from.getInputStream(); OutputStream out = to.getOutputStream()) {
            in.transferTo(out);
        } catch (IOException e) {
            // one of the two is gone
        } finally {
            drop(from);
            drop(to);
        }
    }

    private Socket kept(Socket socket) {
        open.add(socket);
        return socket;
    }

    private void drop(Socket socket) {
        open.remove(socket);
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int i = 0;; i++) {
            open.forEach(this::drop); // one may have been accepted just now
            Thread next;
            synchronized (threads) {
                if (i == threads.size()) {
                    return;
                }
                next = threads.get(i);
            }
            try {
                next.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }
}
