package dev.caisson.core.layer;

/**
 * Cleans the names of entries and of hard-link targets: relative to the root of the layer, without empty, {@code .} and {@code ..} components. A name that
 * climbs above the root is refused as docker refuses it, rather than clamped: no archiver writes one, an attacker does.
 *
 * <p>Cleaning is lexical and only shortens the string; what the components <em>are</em> is the kernel's to say, by openat2(2) in the root.
 */
final class EntryName {
    private static final int NAME_MAX = 255;

    private EntryName() {}

    /** The cleaned name; "" for the root itself. */
    static String clean(String name, LayerLimits limits, Fault fault) {
        if (isClean(name)) {
            check(name, limits, fault);
            return name;
        }
        StringBuilder out = new StringBuilder(name.length());
        int at = 0;
        while (at < name.length()) {
            int slash = name.indexOf('/', at);
            int end = slash < 0 ? name.length() : slash;
            String part = name.substring(at, end);
            at = end + 1;
            if (part.equals("..")) {
                if (out.length() == 0) {
                    throw fault.malformed("the name " + Fault.quoted(name) + " climbs above the root of the layer");
                }
                out.setLength(Math.max(0, out.lastIndexOf("/")));
            } else if (!part.isEmpty() && !part.equals(".")) {
                out.append(out.length() == 0 ? "" : "/").append(part);
            }
        }
        String clean = out.toString();
        check(clean, limits, fault);
        return clean;
    }

    private static boolean isClean(String name) {
        if (name.isEmpty() || name.charAt(0) == '/' || name.charAt(name.length() - 1) == '/') {
            return false;
        }
        // Any component that begins with a dot takes the long way.
        return name.charAt(0) != '.' && name.indexOf("//") < 0 && name.indexOf("/.") < 0;
    }

    private static void check(String name, LayerLimits limits, Fault fault) {
        int depth = 1;
        int start = 0;
        for (int i = 0; i <= name.length(); i++) {
            if (i == name.length() || name.charAt(i) == '/') {
                if (i - start > NAME_MAX) {
                    throw fault.malformed("a component has more than " + NAME_MAX + " bytes");
                }
                start = i + 1;
                depth += i < name.length() ? 1 : 0;
            }
        }
        if (depth > limits.depth()) {
            throw fault.excess("the name has " + depth + " components, more than " + limits.depth());
        }
    }

    /** The directory part of a cleaned name, "" for the root. */
    static String parent(String clean) {
        return clean.substring(0, Math.max(0, clean.lastIndexOf('/')));
    }

    /** The last component of a cleaned name. */
    static String last(String clean) {
        return clean.substring(clean.lastIndexOf('/') + 1);
    }
}
