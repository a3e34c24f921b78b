package dev.caisson.core.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How a server wants to be authenticated to: one challenge of a {@code WWW-Authenticate} header (RFC 9110, 11.6.1). What cannot be understood is left out.
 *
 * @param scheme {@code basic}, {@code bearer}, in lower case
 * @param parameters by name in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {
    private static final int LONGEST = 8192;

    Challenge {
        parameters = Map.copyOf(parameters);
    }

    String parameter(String name) {
        return parameters.getOrDefault(name, "");
    }

    /** All challenges of all headers, in their order. */
    static List<Challenge> parse(List<String> headers) {
        List<Challenge> all = new ArrayList<>();
        for (String header : headers) {
            new Parser(header.length() > LONGEST ? header.substring(0, LONGEST) : header).into(all);
        }
        return all;
    }

    /** Once from left to right. A token is a parameter's name if an equals sign follows, else the scheme of the next challenge. */
    private static final class Parser {
        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        void into(List<Challenge> all) {
            String scheme = "";
            Map<String, String> parameters = new LinkedHashMap<>();
            while (true) {
                skip(" \t,");
                String token = token();
                if (token.isEmpty()) {
                    break;
                }
                skip(" \t");
                if (at < text.length() && text.charAt(at) == '=') {
                    at++;
                    skip(" \t");
                    parameters.putIfAbsent(token, value());
                } else {
                    add(all, scheme, parameters);
                    scheme = token;
                    parameters = new LinkedHashMap<>();
                }
            }
            add(all, scheme, parameters);
        }

        private static void add(List<Challenge> all, String scheme, Map<String, String> parameters) {
            if (!scheme.isEmpty()) {
                all.add(new Challenge(scheme, parameters));
            }
        }

        private void skip(String what) {
            while (at < text.length() && what.indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        private String token() {
            int from = at;
            while (at < text.length() && isToken(text.charAt(at))) {
                at++;
            }
            return text.substring(from, at).toLowerCase(Locale.ROOT);
        }

        private static boolean isToken(char c) {
            return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "!#$%&'*+-.^_`|~/:".indexOf(c) >= 0;
        }

        private String value() {
            if (at >= text.length() || text.charAt(at) != '"') {
                int from = at;
                while (at < text.length() && " \t,".indexOf(text.charAt(at)) < 0) {
                    at++;
                }
                return text.substring(from, at);
            }
            StringBuilder value = new StringBuilder();
            for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
                if (text.charAt(at) == '\\' && at + 1 < text.length()) {
                    at++;
                }
                value.append(text.charAt(at));
            }
            at = Math.min(at + 1, text.length());
            return value.toString();
        }
    }
}
