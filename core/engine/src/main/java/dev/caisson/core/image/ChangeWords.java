package dev.caisson.core.image;

import dev.caisson.core.image.ImageConfig.Healthcheck;
import dev.caisson.spi.Durations;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** The words of a Dockerfile instruction: quotes and backslashes, ports, health checks. */
final class ChangeWords {
    private ChangeWords() {}

    /** Splits at white space outside quotes; quotes are removed, a backslash takes the next character as it is, except in single quotes. */
    static List<String> split(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean any = false;
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && quote != '\'' && i + 1 < text.length()) {
                word.append(text.charAt(++i));
                any = true;
            } else if (quote != 0 ? c == quote : c == '"' || c == '\'') {
                quote = quote != 0 ? 0 : c;
                any = true;
            } else if (quote == 0 && Character.isWhitespace(c)) {
                if (any) {
                    words.add(word.toString());
                }
                word.setLength(0);
                any = false;
            } else {
                word.append(c);
                any = true;
            }
        }
        if (any) {
            words.add(word.toString());
        }
        return words;
    }

    /** {@code 80}, {@code 80/udp} or {@code 8000-8010/tcp} as the list of {@code PORT/PROTOCOL}. */
    static List<String> ports(String text, String change) {
        int slash = text.indexOf('/');
        String protocol = slash < 0 ? "tcp" : text.substring(slash + 1).toLowerCase(Locale.ROOT);
        String[] range = (slash < 0 ? text : text.substring(0, slash)).split("-", 2);
        int first = port(range[0], change);
        int last = range.length == 2 ? port(range[1], change) : first;
        if (last < first || !List.of("tcp", "udp", "sctp").contains(protocol)) {
            throw ImportChanges.bad(change, "'" + text + "' is no port; write 80, 53/udp or 8000-8010");
        }
        List<String> ports = new ArrayList<>();
        for (int port = first; port <= last; port++) {
            ports.add(port + "/" + protocol);
        }
        return ports;
    }

    private static int port(String text, String change) {
        int port = text.length() <= 5 && !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9') ? Integer.parseInt(text) : 0;
        if (port < 1 || port > 65535) {
            throw ImportChanges.bad(change, "'" + text + "' is no port between 1 and 65535");
        }
        return port;
    }

    /** {@code NONE}, or options and {@code CMD command}. */
    static Healthcheck healthcheck(String text, String change, Function<String, List<String>> command) {
        long[] durations = new long[4];
        long retries = 0;
        List<String> names = List.of("--interval", "--timeout", "--start-period", "--start-interval");
        String rest = text;
        while (rest.startsWith("--")) {
            String[] halves = rest.split("\\s+", 2);
            String[] option = halves[0].split("=", 2);
            rest = halves.length < 2 ? "" : halves[1];
            int which = names.indexOf(option[0]);
            if (option.length < 2 || which < 0 && !option[0].equals("--retries")) {
                throw ImportChanges.bad(change, "'" + halves[0] + "' is not one of " + names + " or --retries, with =value");
            }
            try {
                if (which < 0) {
                    retries = Integer.parseUnsignedInt(option[1]);
                } else {
                    durations[which] = Durations.parse(option[1]).toNanos();
                }
            } catch (IllegalArgumentException | ArithmeticException e) {
                throw ImportChanges.bad(change, "'" + halves[0] + "': " + e.getMessage());
            }
        }
        String[] halves = rest.split("\\s+", 2);
        if (rest.equalsIgnoreCase("NONE")) {
            return new Healthcheck(List.of("NONE"), 0, 0, 0, 0, 0);
        }
        if (!halves[0].equalsIgnoreCase("CMD") || halves.length < 2) {
            throw ImportChanges.bad(change, "HEALTHCHECK is followed by NONE or by CMD and a command");
        }
        List<String> words = new ArrayList<>(command.apply(halves[1].strip()));
        boolean shell = words.size() == 3 && words.get(0).equals("/bin/sh") && !halves[1].strip().startsWith("[");
        List<String> test = new ArrayList<>(List.of(shell ? "CMD-SHELL" : "CMD"));
        test.addAll(shell ? words.subList(2, 3) : words);
        return new Healthcheck(test, durations[0], durations[1], durations[2], durations[3], retries);
    }
}
