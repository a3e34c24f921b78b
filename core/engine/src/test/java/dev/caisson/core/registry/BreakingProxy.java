package dev.caisson.core.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A way to a server that breaks: so many connections end after so many bytes to the server. What came through arrives there. */
final class BreakingProxy implements AutoCloseable {
    private final ServerSocket listening;
    private final int port;
    private final int after;
    private final AtomicInteger breaks;
    private final AtomicLong through = new AtomicLong();
    private final List<Socket> open = new CopyOnWriteArrayList<>();

    BreakingProxy(String host, int times, int after) {
        this.port = Integer.parseInt(host.substring(host.lastIndexOf(':') + 1));
        this.breaks = new AtomicInteger(times);
        this.after = after;
        try {
            listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        run("proxy-accept", () -> {
            while (true) {
                serve(listening.accept());
            }
        });
    }

    String host() {
        return "127.0.0.1:" + listening.getLocalPort();
    }

    /** Bytes that went to the server. */
    long through() {
        return through.get();
    }

    /** How often it has yet to break. */
    int left() {
        return Math.max(0, breaks.get());
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void run(String name, Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // the end
            }
        }, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void serve(Socket client) throws IOException {
        Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
        open.add(client);
        open.add(server);
        run("proxy-back", () -> {
            server.getInputStream().transferTo(client.getOutputStream());
            client.close();
        });
        run("proxy-forth", () -> forth(client, server));
    }

    private void forth(Socket client, Socket server) throws IOException {
        InputStream in = client.getInputStream();
        OutputStream out = server.getOutputStream();
        byte[] buffer = new byte[16 << 10];
        long here = 0;
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            out.write(buffer, 0, n);
            through.addAndGet(n);
            here += n;
            if (here > after && breaks.getAndDecrement() > 0) {
                client.close();
                break;
            }
        }
        server.shutdownOutput();
    }

    @Override
    public void close() {
        try {
            listening.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
