package dev.caisson.core.registry;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code Link} headers (RFC 8288): {@code </v2/app/tags/list?n=1000&last=x>; rel="next"}, several in one, parameters in any order. */
final class Link {
    private static final String PARAMETER = ";\\s*+([\\w*-]++)\\s*+(?:=\\s*+(?:\"((?:[^\"\\\\]|\\\\.)*+)\"|([^\\s;,\"]*+)))?+\\s*+";
    private static final Pattern ONE = Pattern.compile("<([^>]*+)>\\s*+((?:" + PARAMETER + ")*+)");
    private static final Pattern NAMED = Pattern.compile(PARAMETER);
    private static final int LONGEST = 8192;

    private Link() {
    }

    /** Where the next page is. */
    static Optional<String> next(List<String> headers) {
        return headers.stream().filter(h -> h.length() <= LONGEST).flatMap(h -> ONE.matcher(h).results()).filter(link -> !link.group(1).isEmpty() && isNext(link.group(2)))
                .map(link -> link.group(1)).findFirst();
    }

    /** Of several {@code rel} the first counts; it may name several relations. */
    private static boolean isNext(String parameters) {
        Matcher parameter = NAMED.matcher(parameters);
        while (parameter.find()) {
            if (parameter.group(1).equalsIgnoreCase("rel")) {
                String relations = parameter.group(2) != null ? parameter.group(2) : String.valueOf(parameter.group(3));
                return Arrays.stream(relations.split("\\s+")).anyMatch("next"::equalsIgnoreCase);
            }
        }
        return false;
    }
}
