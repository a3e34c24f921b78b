package dev.caisson.core.registry;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a proxy's variable says: {@code http://user:password@host:port}, of which only the host must be there. Read by hand: names of containers have underscores, and
 * passwords characters that should have been encoded, neither of which the JDK takes.
 *
 * @param user who is to be told to it; empty if nobody is
 */
record ProxyAddress(String host, int port, Optional<Credentials> user) {
    private static final Pattern FORM = Pattern.compile("(?:(https?)://)?(?:(.*)@)?(\\[[0-9a-fA-F:.%]+\\]|[^\\[\\]:/?#@\\s]+)(?::(\\d{1,5}))?/*");
    private static final int LAST_PORT = 65_535;

    /**
     * Reads it.
     *
     * @param variable whose value it is
     * @throws ImageProblem if it cannot be one of HTTP
     */
    static ProxyAddress parse(String text, String variable) {
        Matcher form = FORM.matcher(text);
        if (!form.matches() || form.group(4) != null && Integer.parseInt(form.group(4)) > LAST_PORT) {
            throw new ImageProblem(Stage.PULL, "'" + text.replaceFirst("[^/]*@", "…@").replaceAll("\\p{Cntrl}", "?") + "' in " + variable + " is no address of an HTTP proxy",
                    "write http://[USER:PASSWORD@]HOST[:PORT]; there are no others than those of HTTP");
        }
        int port = form.group(4) != null ? Integer.parseInt(form.group(4)) : "https".equals(form.group(1)) ? 443 : 80;
        return new ProxyAddress(form.group(3), port, Optional.ofNullable(form.group(2)).map(ProxyAddress::user));
    }

    private static Credentials user(String pair) {
        int colon = pair.indexOf(':');
        return new Credentials(decoded(colon < 0 ? pair : pair.substring(0, colon)), colon < 0 ? "" : decoded(pair.substring(colon + 1)));
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }
}
