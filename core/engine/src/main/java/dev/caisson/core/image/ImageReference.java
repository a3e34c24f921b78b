package dev.caisson.core.image;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.Digest;
import org.jspecify.annotations.Nullable;

/**
 * The name of an image, normalised as docker does: {@code nginx} is {@code docker.io/library/nginx:latest}. Grammar: distribution/reference; the parser goes once
 * from left to right.
 *
 * @param domain registry host with optional port; IPv6 in brackets
 * @param path repository, lower case
 * @param tag null with a digest alone
 * @param digest null with a tag alone
 */
public record ImageReference(String domain, String path, @Nullable String tag, @Nullable Digest digest) {
    /** Longest text that is looked at. */
    public static final int LONGEST = 4096;
    private static final int LONGEST_NAME = 255;
    private static final int MOST_SHOWN = 100;
    private static final int LONGEST_TAG = 128;
    private static final String DEFAULT_DOMAIN = "docker.io";

    /**
     * Reads and normalises a reference.
     *
     * @throws ImageProblem if it is none
     */
    public static ImageReference parse(String text) {
        if (text.isEmpty() || text.length() > LONGEST) {
            throw bad(text, text.isEmpty() ? "it is empty" : "it has more than " + LONGEST + " characters");
        }
        int at = text.indexOf('@');
        Digest digest = at < 0 ? null : Digest.parse(text.substring(at + 1));
        String rest = at < 0 ? text : text.substring(0, at);
        int slash = rest.indexOf('/');
        String first = slash < 0 ? "" : rest.substring(0, slash);
        boolean explicit = slash > 0 && isDomain(first);
        String domain = explicit ? first : DEFAULT_DOMAIN;
        String remainder = explicit ? rest.substring(slash + 1) : rest;
        int colon = remainder.lastIndexOf(':');
        String tag = colon < 0 ? null : remainder.substring(colon + 1);
        String path = colon < 0 ? remainder : remainder.substring(0, colon);
        if (domain.equals("index.docker.io")) {
            domain = DEFAULT_DOMAIN;
        }
        if (path.length() == 64 && !explicit && path.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
            throw bad(text, "64 hex digits are an image id, not a name");
        }
        checkDomain(domain, text);
        checkPath(path, text);
        if (domain.equals(DEFAULT_DOMAIN) && path.indexOf('/') < 0) {
            path = "library/" + path;
        }
        if (domain.length() + 1 + path.length() > LONGEST_NAME) {
            throw bad(text, "the name has more than " + LONGEST_NAME + " characters");
        }
        if (tag != null) {
            checkTag(tag, text);
        }
        return new ImageReference(domain, path, tag == null && digest == null ? "latest" : tag, digest);
    }

    /** As docker tells a registry from a user: by a dot, a port, an upper-case letter or the word localhost. */
    private static boolean isDomain(String first) {
        return first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equals("localhost") || !first.equals(first.toLowerCase(java.util.Locale.ROOT));
    }

    private static void checkDomain(String domain, String text) {
        int colon = domain.lastIndexOf(':');
        boolean bracket = domain.startsWith("[");
        int end = bracket ? domain.indexOf(']') + 1 : colon < 0 ? domain.length() : colon;
        String port = end < domain.length() ? domain.substring(end) : ":0";
        if (end == 0 || port.length() < 2 || port.length() > 6 || port.charAt(0) != ':' || !port.chars().skip(1).allMatch(c -> c >= '0' && c <= '9')
                || Integer.parseInt(port.substring(1)) > 65535) {
            throw bad(text, "the registry '" + shown(domain) + "' has no proper port");
        }
        String host = domain.substring(0, end);
        boolean ok = bracket ? host.length() > 4 && host.substring(1, end - 1).chars().allMatch(ImageReference::inIpv6) && host.indexOf(':') > 0 : isHostName(host);
        if (!ok) {
            throw bad(text, "'" + shown(domain) + "' is no host");
        }
    }

    private static boolean inIpv6(int c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c == ':' || c == '.';
    }

    private static boolean isHostName(String host) {
        boolean labelBegins = true;
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            boolean alphanumeric = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            boolean last = i + 1 == host.length() || host.charAt(i + 1) == '.';
            if (c == '.' ? labelBegins : !alphanumeric && (c != '-' || labelBegins || last)) {
                return false;
            }
            labelBegins = c == '.';
        }
        return !labelBegins;
    }

    /** Components of letters and digits, joined inside by one dot, one or two underscores, or any number of dashes. */
    private static void checkPath(String path, String text) {
        int run = 0;
        char separator = '/';
        for (int i = 0; i <= path.length(); i++) {
            char c = i < path.length() ? path.charAt(i) : '/';
            if (c >= 'a' && c <= 'z' || c >= '0' && c <= '9') {
                separator = 0;
                run = 0;
            } else if (c == '/') {
                if (separator != 0) {
                    throw bad(text, "the component that ends at '" + until(path, i) + "' is empty or ends in a separator");
                }
                separator = '/';
            } else if ((c == '.' || c == '_' || c == '-') && separator != '/' && (separator == 0 || separator == c)) {
                separator = c;
                run++;
                if (c == '.' && run > 1 || c == '_' && run > 2) {
                    throw bad(text, "too many '" + c + "' in a row");
                }
            } else {
                throw bad(text, c >= 'A' && c <= 'Z' ? "a repository is written in lower case" : "the character at '" + until(path, i) + "…' is not allowed");
            }
        }
    }

    private static void checkTag(String tag, String text) {
        boolean ok = !tag.isEmpty() && tag.length() <= LONGEST_TAG && tag.charAt(0) != '.' && tag.charAt(0) != '-';
        for (int i = 0; i < tag.length() && ok; i++) {
            char c = tag.charAt(i);
            ok = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '.' || c == '-';
        }
        if (!ok) {
            throw bad(text, "a tag has 1 to " + LONGEST_TAG + " letters, digits, '_', '.' and '-', and begins with neither '.' nor '-'");
        }
    }

    private static ImageProblem bad(String text, String reason) {
        return new ImageProblem(Stage.RESOLVE, "'" + shown(text) + "' is no image reference: " + reason, "write [registry[:port]/]name[:tag][@sha256:…], such as nginx:1.27");
    }

    /** What others sent may be long, and may hold what a terminal obeys. */
    private static String shown(String text) {
        return (text.length() > MOST_SHOWN ? text.substring(0, MOST_SHOWN) + "…" : text).replaceAll("\\p{Cntrl}", "?");
    }

    private static String until(String path, int end) {
        return end > MOST_SHOWN ? "…" + path.substring(end - MOST_SHOWN, end) : path.substring(0, end);
    }

    /** Registry and repository. */
    public String name() {
        return domain + "/" + path;
    }

    /** As people write it: without the default registry and {@code library/}. */
    public String familiar() {
        String full = toString();
        if (!domain.equals(DEFAULT_DOMAIN)) {
            return full;
        }
        String rest = full.substring(DEFAULT_DOMAIN.length() + 1);
        return rest.startsWith("library/") && path.indexOf('/', 8) < 0 ? rest.substring(8) : rest;
    }

    /** The normalised text; parsing it gives an equal reference. */
    @Override
    public String toString() {
        return name() + (tag == null ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
    }
}
