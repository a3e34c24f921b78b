package dev.caisson.network.egress;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The head of an HTTP/1 request (RFC 9112). A connection carries one request, whose end is known: so nothing that follows can mean another host of the same server. What
 * servers could read in two ways is refused.
 *
 * @param name whom it means
 * @param length of the head as it came
 * @param head as it is sent on: with {@code Connection: close}
 * @param body how many bytes follow; -1 for chunks
 */
record Request(String name, int length, byte[] head, long body) {
    static final long CHUNKED = -1;
    private static final Pattern LINE = Pattern.compile("([A-Z]{1,20}) ([\\x21-\\x7e]{1,8000}) HTTP/1\\.([01])");
    private static final Pattern FIELD = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \\t]*([\\x20-\\x7e\\x80-\\xff\\t]*?)[ \\t]*");
    private static final Pattern AUTHORITY = Pattern.compile("([A-Za-z0-9_.-]+?)(?::(\\d{1,5}))?");
    private static final Pattern ABSOLUTE = Pattern.compile("http://([^/?#@]+)([/?].*)?");
    private static final List<String> HOP = List.of("connection", "proxy-connection", "keep-alive", "upgrade", "te", "http2-settings");

    /** The method, then the target, then what is meant. */
    private record Fields(List<String> kept, List<String> hosts, List<String> lengths, List<String> codings) {}

    /** Arrays compare by what they are, which is of no use here. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Request r && r.name.equals(name) && r.length == length && r.body == body && java.util.Arrays.equals(r.head, head);
    }

    @Override
    public int hashCode() {
        return name.hashCode() * 31 + length;
    }

    static Greeting read(byte[] bytes, int length) {
        String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            boolean hopeless = length >= Greeting.MOST || text.indexOf('\n') >= 0 && text.charAt(Math.max(0, text.indexOf('\n') - 1)) != '\r'
                    || text.indexOf("\r\n") >= 0 && !LINE.matcher(text.substring(0, text.indexOf("\r\n"))).matches() || text.indexOf("\r\n") < 0 && !text.matches("[A-Z]{1,20}( .*)?");
            return hopeless ? bad("", "it begins with neither TLS nor HTTP/1, so no name is said") : new Greeting.Unfinished();
        }
        String[] lines = text.substring(0, end).split("\r\n", -1);
        Matcher line = LINE.matcher(lines[0]);
        if (!line.matches()) {
            return bad("", "its request line is malformed, or not HTTP/1");
        }
        Fields fields = new Fields(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int i = 1; i < lines.length; i++) {
            Matcher field = FIELD.matcher(lines[i]);
            if (!field.matches()) {
                return bad("", "a field of its request is malformed");
            }
            sort(fields, field.group(1).toLowerCase(Locale.ROOT), field.group(2), lines[i]);
        }
        return line.group(1).equals("CONNECT") ? connect(line.group(2), end + 4) : request(line, fields, end + 4);
    }

    private static Greeting bad(String name, String why) {
        return new Greeting.Bad("http", name, why);
    }

    private static void sort(Fields fields, String name, String value, String line) {
        switch (name) {
            case "host" -> fields.hosts.add(value);
            case "content-length" -> fields.lengths.add(value);
            case "transfer-encoding" -> fields.codings.add(value.toLowerCase(Locale.ROOT));
            default -> { }
        }
        if (!HOP.contains(name)) {
            fields.kept.add(line);
        }
    }

    private static Greeting connect(String target, int length) {
        Matcher where = AUTHORITY.matcher(target);
        String name = where.matches() ? Greeting.name(where.group(1)) : "";
        int port = name.isEmpty() || where.group(2) == null ? 0 : Integer.parseInt(where.group(2));
        return port < 1 || port > 65535 ? new Greeting.Bad("connect", name, "it asks for a tunnel to no name and port") : new Greeting.Connect(name, port, length);
    }

    private static Greeting request(Matcher line, Fields fields, int length) {
        if (fields.hosts.size() != 1) {
            return bad("", "its request says " + (fields.hosts.isEmpty() ? "no host" : "two hosts"));
        }
        String name = host(fields.hosts.get(0));
        Matcher absolute = ABSOLUTE.matcher(line.group(2));
        if (absolute.matches()) {
            String meant = host(absolute.group(1));
            if (!meant.equals(name)) {
                return bad(name, "its request says one host in the line and another below");
            }
        } else if (!line.group(2).startsWith("/") && !line.group(2).equals("*")) {
            return bad(name, "its request is for no path");
        }
        if (name.isEmpty()) {
            return bad("", "its request says a host that is no name");
        }
        long body = body(fields);
        if (body < CHUNKED) {
            return bad(name, "where its request ends can be read in two ways");
        }
        StringBuilder head = new StringBuilder(line.group(1)).append(' ').append(absolute.matches() ? path(absolute.group(2)) : line.group(2)).append(" HTTP/1.").append(line.group(3)).append("\r\n");
        fields.kept.forEach(f -> head.append(f).append("\r\n"));
        head.append("Connection: close\r\n\r\n");
        return new Greeting.Http(new Request(name, length, head.toString().getBytes(StandardCharsets.ISO_8859_1), body));
    }

    private static String path(@org.jspecify.annotations.Nullable String path) {
        return path == null ? "/" : path.startsWith("?") ? "/" + path : path;
    }

    private static String host(String value) {
        Matcher authority = AUTHORITY.matcher(value);
        return authority.matches() ? Greeting.name(authority.group(1)) : "";
    }

    private static long body(Fields fields) {
        if (!fields.codings.isEmpty()) {
            return fields.codings.equals(List.of("chunked")) && fields.lengths.isEmpty() ? CHUNKED : Long.MIN_VALUE;
        }
        return fields.lengths.isEmpty() ? 0 : fields.lengths.size() == 1 && fields.lengths.get(0).matches("\\d{1,18}") ? Long.parseLong(fields.lengths.get(0)) : Long.MIN_VALUE;
    }
}
