package dev.caisson.registry.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A request's head (RFC 9112), strictly: where two servers could read two things, it is refused. Lines end in CR LF; no folded lines, no space before a colon, no control
 * characters; either a length or chunks, once.
 *
 * @param target path and query, as sent
 * @param headers values by name in lower case
 * @param length of the body, -1 for chunks
 * @param keep whether the client wants the connection kept
 */
record Head(String method, String target, Map<String, List<String>> headers, long length, boolean keep) {
    private static final int LONGEST = 16 << 10;
    private static final int MOST_HEADERS = 100;
    private static final int MOST_DIGITS = 18;

    /**
     * Reads one.
     *
     * @return empty if the stream ends before its first byte
     */
    static Optional<Head> read(InputStream in) throws IOException {
        int[] left = {LONGEST};
        int first = in.read();
        if (first < 0) {
            return Optional.empty();
        }
        String start = line(in, first, left);
        Map<String, List<String>> headers = new TreeMap<>();
        int count = 0;
        for (String line = line(in, in.read(), left); !line.isEmpty(); line = line(in, in.read(), left)) {
            if (++count > MOST_HEADERS) {
                throw new BadRequest(431, "more than " + MOST_HEADERS + " headers");
            }
            int colon = line.indexOf(':');
            if (colon < 1 || !line.substring(0, colon).chars().allMatch(Head::isToken)) {
                throw new BadRequest(400, "a header has no proper name");
            }
            headers.computeIfAbsent(line.substring(0, colon).toLowerCase(Locale.ROOT), k -> new ArrayList<>()).add(trimmed(line.substring(colon + 1)));
        }
        return Optional.of(of(start, headers));
    }

    private static String line(InputStream in, int first, int[] left) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(80);
        for (int c = first;; c = in.read()) {
            if (c < 0) {
                throw new BadRequest(400, "the request ends in its head");
            }
            if (--left[0] < 0) {
                throw new BadRequest(431, "the request's head has more than " + LONGEST + " bytes");
            }
            if (c == '\r') {
                if (in.read() != '\n') {
                    throw new BadRequest(400, "a carriage return without a line feed");
                }
                return line.toString(StandardCharsets.ISO_8859_1);
            }
            if (c < ' ' && c != '\t' || c == 0x7f) {
                throw new BadRequest(400, "a control character in the request's head");
            }
            line.write(c);
        }
    }

    private static Head of(String start, Map<String, List<String>> headers) throws BadRequest {
        String[] words = start.split(" ", -1);
        if (words.length != 3 || words[0].isEmpty() || !words[0].chars().allMatch(c -> c >= 'A' && c <= 'Z') || !words[2].matches("HTTP/1\\.[01]")) {
            throw new BadRequest(words.length == 3 && words[2].startsWith("HTTP/") && !words[2].startsWith("HTTP/1.") ? 505 : 400, "this is no request of HTTP/1.1");
        }
        if (!words[1].startsWith("/") || !words[1].chars().allMatch(c -> c > ' ' && c < 0x7f && c != '#')) {
            throw new BadRequest(400, "the request's target is no path");
        }
        boolean old = words[2].equals("HTTP/1.0");
        if (headers.getOrDefault("host", List.of()).size() > 1 || !old && !headers.containsKey("host")) {
            throw new BadRequest(400, "there must be one Host");
        }
        String connection = String.join(",", headers.getOrDefault("connection", List.of())).toLowerCase(Locale.ROOT);
        return new Head(words[0], words[1], headers, length(headers, old), !old && !connection.contains("close"));
    }

    private static long length(Map<String, List<String>> headers, boolean old) throws BadRequest {
        List<String> lengths = headers.getOrDefault("content-length", List.of());
        if (headers.containsKey("transfer-encoding")) {
            List<String> encodings = headers.get("transfer-encoding");
            if (!lengths.isEmpty() || old || encodings.size() != 1) {
                throw new BadRequest(400, "a body has either a length or chunks");
            }
            if (!encodings.get(0).equalsIgnoreCase("chunked")) {
                throw new BadRequest(501, "the only transfer coding here is chunked");
            }
            return -1;
        }
        if (lengths.isEmpty()) {
            return 0;
        }
        String text = lengths.get(0);
        if (lengths.size() > 1 || text.isEmpty() || text.length() > MOST_DIGITS || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new BadRequest(400, "Content-Length is one whole number");
        }
        return Long.parseLong(text);
    }

    /** RFC 9110, 5.6.2. */
    static boolean isToken(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }

    private static String trimmed(String value) {
        return value.replaceAll("^[ \\t]+|[ \\t]+$", "");
    }

    List<String> all(String name) {
        return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
    }
}
