package dev.caisson.registry.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;

/** One request, and its answer. */
public final class Exchange {
    private static final Map<Integer, String> REASONS = Map.ofEntries(Map.entry(200, "OK"), Map.entry(201, "Created"), Map.entry(202, "Accepted"), Map.entry(204, "No Content"),
            Map.entry(206, "Partial Content"), Map.entry(400, "Bad Request"), Map.entry(401, "Unauthorized"), Map.entry(403, "Forbidden"), Map.entry(404, "Not Found"),
            Map.entry(405, "Method Not Allowed"), Map.entry(413, "Content Too Large"), Map.entry(416, "Range Not Satisfiable"), Map.entry(429, "Too Many Requests"));

    private final Head head;
    private final Body body;
    private final OutputStream out;
    private final boolean waits;
    private boolean answered;
    private boolean keep;
    private long unwritten;

    Exchange(Head head, InputStream in, OutputStream out) {
        this.head = head;
        this.out = out;
        this.keep = head.keep();
        this.waits = head.all("Expect").stream().anyMatch(e -> e.equalsIgnoreCase("100-continue"));
        this.body = new Body(in, head.length(), () -> {
            if (waits && !answered) {
                out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                out.flush();
            }
        });
    }

    /** In upper case. */
    public String method() {
        return head.method();
    }

    /** As it was sent, without the query. */
    public String path() {
        return head.target().replaceFirst("\\?.*", "");
    }

    /** What follows the question mark, as it was sent; "" for nothing. */
    public String query() {
        int mark = head.target().indexOf('?');
        return mark < 0 ? "" : head.target().substring(mark + 1);
    }

    /** All values of a header. */
    public List<String> headers(String name) {
        return head.all(name);
    }

    public InputStream body() {
        return body;
    }

    /** Reads what the client sends all the same, so that it comes to reading the answer: at most so much, and not if it waits to be asked. */
    public void passOver(long most) throws IOException {
        byte[] buffer = new byte[64 << 10];
        for (long rest = waits && !body.begun() ? 0 : most; rest > 0;) {
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
    public OutputStream answer(int status, Map<String, String> headers, long length) throws IOException {
        answered = true;
        keep &= body.ended(); // nobody knows how much more of it comes
        boolean bare = head.method().equals("HEAD") || status == 204;
        StringBuilder text = new StringBuilder("HTTP/1.1 ").append(status).append(' ').append(REASONS.getOrDefault(status, "Status " + status)).append("\r\n");
        headers.forEach((name, value) -> text.append(name).append(": ").append(value.replaceAll("[\\r\\n\\x00]", "?")).append("\r\n"));
        text.append("Date: ").append(DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC))).append("\r\n");
        if (status != 204) {
            text.append("Content-Length: ").append(length).append("\r\n");
        }
        text.append(keep ? "" : "Connection: close\r\n").append("\r\n");
        out.write(text.toString().getBytes(StandardCharsets.ISO_8859_1));
        unwritten = bare ? 0 : length;
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] from, int offset, int count) throws IOException {
                if (count > unwritten) {
                    throw new IOException("more is written than was said");
                }
                out.write(from, offset, count);
                unwritten -= count;
            }
        };
    }

    /** Whether another request may follow. */
    boolean finished() throws IOException {
        out.flush();
        return answered && keep && unwritten == 0;
    }
}
