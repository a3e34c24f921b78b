package dev.caisson;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Destinations of an egress policy as text. Pure: no name is looked up. */
final class EgressText {
    private static final int HTTP = 80;
    private static final int HTTPS = 443;
    private static final String LIKE = "write name:port, such as repo.example.org:443, or network:port, such as 10.0.0.0/8:5432 or [2001:db8::/32]:443";
    private static final Pattern PORTS = Pattern.compile("(?<host>.*?):(?<first>\\d{1,5})(?:-(?<last>\\d{1,5}))?(?<protocol>/tcp|/udp)?");
    private static final Pattern LABEL = Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");
    private static final Pattern IPV4 = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-f:.]{2,45}");

    private EgressText() {}

    /** A destination apart from its ports; 0 for all of them. */
    private record Parts(String host, int first, int last, String protocol) {}

    static List<Egress.Rule> rules(String method, String text, boolean byAddress) {
        String field = method + "(\"" + text + "\")";
        Parts parts = parts(field, text);
        String network = network(parts.host);
        if (!network.isEmpty()) {
            if (byAddress) {
                throw new InvalidSpec(field, "is an address already", "allow(\"" + text + "\")");
            }
            return List.of(rule(network, parts));
        }
        String name = named(field, parts.host);
        if (byAddress && parts.first == 0) {
            throw new InvalidSpec(field, "has no port", "write it behind the name: " + text + ":22");
        }
        if (byAddress && name.startsWith("*")) {
            throw new InvalidSpec(field, "would open the addresses of any name", "name them one by one");
        }
        if (!byAddress && (parts.last != parts.first || parts.protocol.equals(Egress.UDP))) {
            throw new InvalidSpec(field, parts.last != parts.first ? "is a range of ports" : "is UDP, where nothing says which name is meant",
                    parts.last != parts.first ? "allow each port by itself" : "allowByAddress(\"" + text + "\") opens the name's addresses");
        }
        if (parts.first == 0) {
            return Stream.of(HTTP, HTTPS).map(p -> new Egress.Rule(name, p, p, Egress.TCP, false)).toList();
        }
        return List.of(new Egress.Rule(name, parts.first, parts.last, parts.protocol, byAddress));
    }

    static List<Egress.Rule> networks(String method, String text) {
        String field = method + "(\"" + text + "\")";
        Parts parts = parts(field, text);
        String network = network(parts.host);
        if (network.isEmpty()) {
            throw new InvalidSpec(field, "is not a network such as 10.0.0.0/8 or 10.0.0.0/8:22", "a name is refused by not being allowed");
        }
        return List.of(rule(network, parts));
    }

    private static Egress.Rule rule(String network, Parts parts) {
        return new Egress.Rule(network, parts.first, parts.last, parts.first == 0 ? "" : parts.protocol, false);
    }

    static String name(String method, String text) {
        return named(method + "(\"" + text + "\")", text);
    }

    private static String named(String field, String text) {
        String name = text.toLowerCase(Locale.ROOT);
        String bare = name.startsWith("*.") ? name.substring(2) : name;
        boolean labels = bare.length() <= 253 && Stream.of(bare.split("\\.", -1)).allMatch(l -> LABEL.matcher(l).matches());
        if (!labels || bare.matches("[0-9.]*")) {
            throw new InvalidSpec(field, "is neither a name nor an address", LIKE);
        }
        return name;
    }

    private static Parts parts(String field, String text) {
        String plain = text.toLowerCase(Locale.ROOT);
        boolean bracket = plain.startsWith("[");
        if (!bracket && plain.indexOf(':') != plain.lastIndexOf(':')) {
            return new Parts(plain, 0, 0, ""); // IPv6 without brackets has no port
        }
        Matcher found = PORTS.matcher(plain);
        if (!found.matches()) {
            return new Parts(unbracketed(plain), 0, 0, "");
        }
        int first = Integer.parseInt(found.group("first"));
        int last = found.group("last") == null ? first : Integer.parseInt(found.group("last"));
        if (first < 1 || last < first || last > 65535) {
            throw new InvalidSpec(field, "has no port from 1 to 65535", LIKE);
        }
        return new Parts(unbracketed(found.group("host")), first, last, "/udp".equals(found.group("protocol")) ? Egress.UDP : Egress.TCP);
    }

    private static String unbracketed(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    /** With its length and without the bits behind it; "" if it is none. */
    private static String network(String text) {
        int slash = text.indexOf('/');
        byte[] address = address(slash < 0 ? text : text.substring(0, slash));
        if (address.length == 0 || slash >= 0 && !text.substring(slash + 1).matches("\\d{1,3}")) {
            return "";
        }
        int length = slash < 0 ? address.length * 8 : Integer.parseInt(text.substring(slash + 1));
        if (length > address.length * 8) {
            return "";
        }
        for (int i = 0; i < address.length; i++) {
            int bits = Math.max(0, Math.min(8, length - i * 8));
            address[i] &= (byte) (0xff << 8 - bits);
        }
        try {
            return InetAddress.getByAddress(address).getHostAddress() + "/" + length;
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // 4 or 16 bytes
        }
    }

    private static byte[] address(String text) {
        Matcher four = IPV4.matcher(text);
        byte[] none = {};
        if (four.matches()) {
            byte[] address = new byte[4];
            for (int i = 0; i < 4; i++) {
                int part = Integer.parseInt(four.group(i + 1));
                if (part > 255) {
                    return none;
                }
                address[i] = (byte) part;
            }
            return address;
        }
        try {
            byte[] address = IPV6.matcher(text).matches() && text.indexOf(':') >= 0 ? InetAddress.getByName(text).getAddress() : none; // a literal: nothing is looked up
            return address.length == 16 ? address : none;
        } catch (UnknownHostException e) {
            return none;
        }
    }
}
