package dev.caisson.core.registry;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code NO_PROXY} as docker reads it (Go's httpproxy): names with all below them, addresses, networks ({@code 10.0.0.0/8}), {@code *}; the first two also with a port,
 * which is the only one that is meant then. An entry that is none of these names nobody.
 */
final class NoProxy {
    private static final Pattern NETWORK = Pattern.compile("(.+)/(\\d{1,3})");
    private static final Pattern WITH_PORT = Pattern.compile("([^:]+|\\[.+\\]):(\\d{1,5})");
    private static final Pattern NUMBERS = Pattern.compile("[0-9.]+|[0-9a-f:.]*:[0-9a-f:.]*");

    private final String list;

    NoProxy(String list) {
        this.list = list;
    }

    /** @param host IPv6 with brackets */
    boolean names(String host, int port) {
        String wanted = bare(host.toLowerCase(Locale.ROOT));
        for (String entry : list.toLowerCase(Locale.ROOT).split("[,\\s]+")) {
            Matcher withPort = WITH_PORT.matcher(entry);
            boolean here = withPort.matches();
            if (here ? Integer.parseInt(withPort.group(2)) == port && names(withPort.group(1), wanted) : names(entry, wanted)) {
                return true;
            }
        }
        return false;
    }

    private static boolean names(String entry, String host) {
        Matcher network = NETWORK.matcher(entry);
        if (network.matches()) {
            return within(address(host), address(network.group(1)), Integer.parseInt(network.group(2)));
        }
        String suffix = bare(entry.replaceFirst("^\\*?\\.", ""));
        byte[] one = address(suffix);
        return entry.equals("*") || !suffix.isEmpty() && (host.equals(suffix) || host.endsWith("." + suffix) || within(address(host), one, one.length * 8));
    }

    private static boolean within(byte[] host, byte[] network, int bits) {
        int rest = network.length * 8 - bits;
        return host.length > 0 && host.length == network.length && rest >= 0 && new BigInteger(1, host).shiftRight(rest).equals(new BigInteger(1, network).shiftRight(rest));
    }

    /** Of what is no address in numbers nothing: names are not looked up. */
    private static byte[] address(String text) {
        try {
            return NUMBERS.matcher(text).matches() ? InetAddress.getByName(text).getAddress() : new byte[0];
        } catch (UnknownHostException e) {
            return new byte[0];
        }
    }

    private static String bare(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }
}
