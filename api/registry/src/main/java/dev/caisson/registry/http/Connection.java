package dev.caisson.registry.http;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection: requests, one after the other. */
final class Connection implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final Duration IDLE = Duration.ofSeconds(60);
    private static final Duration FAREWELL = Duration.ofSeconds(1);
    private static final int BUFFER = 32 << 10;
    private static final int LINGER = 1 << 20;
    private static final int TLS_HANDSHAKE = 0x16;
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    private final Socket socket;
    private final @Nullable SSLContext tls;
    private final Duration patience;
    private final Handler handler;
    private final Pace pace;
    private final AtomicBoolean idle = new AtomicBoolean();
    private volatile long idleSince;

    /** @param tls null without */
    Connection(Socket socket, @Nullable SSLContext tls, Duration patience, Handler handler) {
        this.socket = socket;
        this.tls = tls;
        this.patience = patience;
        this.handler = handler;
        this.pace = new Pace(this::cutOff);
    }

    /** Closes the socket under whoever waits for it. With TLS this too is the plain one: the other would wait to say good-bye. */
    void cutOff() {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("closing a connection", e);
        }
    }

    Pace pace() {
        return pace;
    }

    /** Since when it waits for a request ({@link System#nanoTime}); empty while there is one. */
    Optional<Long> idleSince() {
        return idle.get() ? Optional.of(idleSince) : Optional.empty();
    }

    /** Makes room for another one, unless a request has come. */
    boolean closeIfIdle() {
        boolean was = idle.compareAndSet(true, false);
        if (was) {
            cutOff();
        }
        return was;
    }

    @Override
    public void run() {
        try (socket) {
            socket.setTcpNoDelay(true);
            pace.begin(patience);
            int first = pace.reading(socket.getInputStream()).read();
            if (first < 0 || tls == null && first == TLS_HANDSHAKE) {
                return; // who tries TLS first learns at once that there is none
            }
            ByteArrayInputStream read = new ByteArrayInputStream(new byte[] {(byte) first});
            if (tls == null) {
                requests(new SequenceInputStream(read, socket.getInputStream()), socket.getOutputStream());
            } else if (first != TLS_HANDSHAKE) {
                refuse(socket.getOutputStream(), 400, "this registry speaks TLS: https://");
            } else {
                encrypted(tls, read);
            }
        } catch (IOException e) {
            LOG.debug("a connection ended", e);
        }
    }

    private void encrypted(SSLContext context, InputStream read) throws IOException {
        SSLSocket secure = (SSLSocket) context.getSocketFactory().createSocket(socket, read, false);
        try {
            secure.setUseClientMode(false);
            secure.setEnabledProtocols(PROTOCOLS);
            requests(secure.getInputStream(), secure.getOutputStream());
        } finally {
            pace.begin(FAREWELL);
            pace.closing(secure); // says good-bye, to whom may not listen
        }
    }

    private void requests(InputStream from, OutputStream to) throws IOException {
        InputStream in = new BufferedInputStream(pace.reading(from), BUFFER);
        OutputStream out = new BufferedOutputStream(pace.writing(to), BUFFER);
        try {
            boolean more = true;
            for (boolean waits = false; more; waits = true) {
                if (waits) {
                    pace.begin(IDLE);
                    in.mark(1);
                    idleSince = System.nanoTime();
                    idle.set(true);
                    int first = in.read();
                    if (!idle.compareAndSet(true, false) || first < 0) {
                        return;
                    }
                    in.reset();
                }
                pace.begin(patience);
                Optional<Head> head = Head.read(in);
                if (head.isEmpty()) {
                    return;
                }
                pace.begin(patience);
                Exchange exchange = new Exchange(head.get(), in, out);
                try {
                    handler.handle(exchange);
                } finally {
                    pace.begin(patience);
                    more = exchange.finished();
                }
            }
        } catch (BadRequest e) {
            refuse(out, e.status(), e.getMessage());
        }
        linger(in);
    }

    /** A client that still sends when the connection is closed would not read the answer. */
    private void linger(InputStream in) throws IOException {
        pace.begin(FAREWELL);
        byte[] buffer = new byte[BUFFER];
        for (int rest = LINGER; rest > 0;) {
            int n = in.read(buffer);
            rest = n < 0 ? 0 : rest - n;
        }
    }

    private static void refuse(OutputStream out, int status, String why) throws IOException {
        byte[] text = (why + "\n").getBytes(StandardCharsets.US_ASCII);
        out.write(("HTTP/1.1 " + status + " Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: " + text.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        out.write(text);
        out.flush();
    }
}
