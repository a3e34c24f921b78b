package dev.caisson.network.etcd;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * One call, in HTTP/1.0 and so on a connection of its own, whose end is the answer's. In HTTP/1.1 etcd's gateway sends trailers (RFC 9112, 7.1.2) after whatever it
 * refuses, which the JDK's client takes for the next answer, or for a broken one. A thread that waits in here can be interrupted; {@link #close} from any thread ends the call.
 */
final class Exchange implements AutoCloseable {
    private static final int MAX_HEAD = 1 << 16;
    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-5]\\d\\d)( .*)?");
    private static final Pattern LENGTH = Pattern.compile("(?i)content-length:[ \\t]*(\\d{1,18})[ \\t]*");
    private static final Pattern CODED = Pattern.compile("(?i)transfer-encoding:.*");

    private final SocketChannel channel;
    private final Duration patience;
    private Socket socket;
    private InputStream in = InputStream.nullInputStream();
    private long deadline;
    private int status;
    private long length = -1;

    /** @param patience for the answer's head, and again for its body where all of that is waited for */
    Exchange(Duration patience) throws IOException {
        this.channel = SocketChannel.open();
        this.socket = channel.socket();
        this.patience = patience;
    }

    /** Sends a request and reads the answer's head. @return its status */
    int post(URI endpoint, String path, String body, @Nullable String authorization, @Nullable SSLContext tls) throws IOException {
        deadline = System.nanoTime() + patience.toNanos();
        boolean secret = endpoint.getScheme().equals("https");
        int port = endpoint.getPort() < 0 ? secret ? 443 : 80 : endpoint.getPort();
        socket.connect(new InetSocketAddress(endpoint.getHost(), port), (int) Math.min(CONNECT.toMillis(), patience.toMillis()));
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(left());
        if (secret) {
            socket = encrypted(Objects.requireNonNull(tls), endpoint.getHost(), port);
        }
        byte[] sent = body.getBytes(StandardCharsets.UTF_8);
        String head = "POST /v3/" + path + " HTTP/1.0\r\nHost: " + endpoint.getAuthority() + "\r\nContent-Type: application/json\r\nContent-Length: " + sent.length
                + (authorization == null ? "" : "\r\nAuthorization: " + authorization) + "\r\n\r\n";
        OutputStream out = socket.getOutputStream();
        out.write(head.getBytes(StandardCharsets.ISO_8859_1));
        out.write(sent);
        out.flush();
        in = new BufferedInputStream(socket.getInputStream(), 1 << 13);
        head();
        return status;
    }

    private Socket encrypted(SSLContext tls, String host, int port) throws IOException {
        SSLSocket inner = (SSLSocket) tls.getSocketFactory().createSocket(socket, host, port, true);
        SSLParameters parameters = inner.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        inner.setSSLParameters(parameters);
        inner.startHandshake();
        return inner;
    }

    private void head() throws IOException {
        StringBuilder line = new StringBuilder();
        boolean first = true;
        for (int read = 0; read < MAX_HEAD; read++) {
            int c = next();
            if (c < 0) {
                throw new IOException(first ? "what answers there is not HTTP" : "the answer ends in its head");
            }
            if (c != '\n') {
                line.append((char) c);
                continue;
            }
            String text = line.toString().stripTrailing();
            line.setLength(0);
            if (first) {
                Matcher matcher = STATUS.matcher(text);
                if (!matcher.matches()) {
                    throw new IOException("what answers there is not HTTP");
                }
                status = Integer.parseInt(matcher.group(1));
                first = false;
            } else if (text.isEmpty()) {
                return;
            } else {
                field(text);
            }
        }
        throw new IOException("the answer's head is longer than " + MAX_HEAD + " bytes");
    }

    private void field(String text) throws IOException {
        Matcher matcher = LENGTH.matcher(text);
        if (matcher.matches()) {
            length = Long.parseLong(matcher.group(1));
        } else if (CODED.matcher(text).matches()) {
            throw new IOException("the answer to a request of HTTP/1.0 is coded for its transfer");
        }
    }

    private int next() throws IOException {
        socket.setSoTimeout(left());
        return in.read();
    }

    private int left() throws IOException {
        long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (millis <= 0) {
            throw new SocketTimeoutException();
        }
        return (int) millis;
    }

    /** The answer's whole body. */
    byte[] body(int limit) throws IOException {
        deadline = System.nanoTime() + patience.toNanos();
        if (length > limit) {
            throw new IOException("the answer is longer than " + limit + " bytes");
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] part = new byte[1 << 13];
        while (length < 0 || all.size() < length) {
            socket.setSoTimeout(left());
            int n = in.read(part, 0, length < 0 ? part.length : (int) Math.min(part.length, length - all.size()));
            if (n < 0 && length >= 0) {
                throw new IOException("the answer ends after " + all.size() + " of " + length + " bytes");
            }
            if (n < 0) {
                break;
            }
            all.write(part, 0, n);
            if (all.size() > limit) {
                throw new IOException("the answer is longer than " + limit + " bytes");
            }
        }
        return all.toByteArray();
    }

    /** The answer's body as it comes, without a time limit. */
    InputStream stream() throws IOException {
        socket.setSoTimeout(0);
        return in;
    }

    @Override
    public void close() {
        try {
            channel.close(); // not the socket: TLS would wait to say goodbye
        } catch (IOException e) {
            // it is over either way
        }
    }
}
