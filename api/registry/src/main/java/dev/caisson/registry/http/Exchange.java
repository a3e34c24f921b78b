package dev.caisson.registry.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/** One request, and its answer. */
public final class Exchange {
    private final Request request;
    private final Response response;
    private final InputStream body;
    private final Pace pace;
    private boolean begun;
    private boolean answered;

    Exchange(Request request, Response response, Duration patience) {
        this.request = request;
        this.response = response;
        this.pace = new Pace(patience);
        this.body = reading(Content.Source.asInputStream(request));
    }

    /** In upper case. */
    public String method() {
        return request.getMethod();
    }

    /** As it was sent, without the query. */
    public String path() {
        return String.valueOf(request.getHttpURI().getPath());
    }

    /** What follows the question mark, as it was sent; "" for nothing. */
    public String query() {
        String query = request.getHttpURI().getQuery();
        return query == null ? "" : query;
    }

    /** All values of a header. */
    public List<String> headers(String name) {
        return request.getHeaders().getValuesList(name);
    }

    public InputStream body() {
        return body;
    }

    /** Reads what the client sends all the same, so that it comes to reading the answer: at most so much, and not if it waits to be asked. */
    public void passOver(long most) throws IOException {
        boolean waits = request.getHeaders().contains(HttpHeader.EXPECT);
        byte[] buffer = new byte[64 << 10];
        for (long rest = waits && !begun ? 0 : most; rest > 0;) {
            int n = body.read(buffer);
            rest = n < 0 ? 0 : rest - n;
        }
    }

    /** Whether an answer has begun. */
    public boolean answered() {
        return answered;
    }

    /**
     * Begins the answer.
     *
     * @param length of what is written to the stream then; to HEAD, and with 204, only said
     */
    public OutputStream answer(int status, Map<String, String> headers, long length) {
        answered = true;
        response.setStatus(status);
        headers.forEach((name, value) -> response.getHeaders().put(name, value.replaceAll("[\\r\\n\\x00]", "?")));
        if (status != 204) {
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, length);
        }
        return writing(Content.Sink.asOutputStream(response));
    }

    private InputStream reading(InputStream in) {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int from, int length) throws IOException {
                begun = true;
                long began = System.nanoTime();
                int n;
                try {
                    n = in.read(into, from, length);
                } catch (IOException | RuntimeException e) {
                    throw told(e);
                }
                pace.moved(n, began);
                return n;
            }
        };
    }

    private OutputStream writing(OutputStream out) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] from, int offset, int length) throws IOException {
                long began = System.nanoTime();
                try {
                    out.write(from, offset, length);
                } catch (IOException e) {
                    throw told(e);
                }
                pace.moved(length, began);
            }
        };
    }

    /** What is wrong with the client, and not with the server. */
    private static IOException told(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof HttpException bad) {
                return new BadRequest(bad.getCode(), String.valueOf(bad.getReason()));
            }
        }
        return new ClientGone("the connection broke: " + e.getMessage(), e);
    }
}
