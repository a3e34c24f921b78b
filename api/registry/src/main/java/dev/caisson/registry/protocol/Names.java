package dev.caisson.registry.protocol;

/**
 * What repositories and tags may be called (OCI distribution spec, "Pulling manifests"). Once from left to right; what passes here is safe as a path below a directory: no
 * component begins with a dot or an underscore, none is empty.
 */
public final class Names {
    private static final int LONGEST_REPOSITORY = 255;
    private static final int LONGEST_TAG = 128;

    private Names() {}

    /** The name, if it is one. @throws Fault if not */
    public static String repository(String name) {
        if (!isRepository(name)) {
            throw new Fault(Code.NAME_INVALID, "a repository's name has at most " + LONGEST_REPOSITORY
                    + " characters: lower-case letters and digits, joined by '.', '_', '__' or dashes, and '/' between components");
        }
        return name;
    }

    /** Components of letters and digits, joined inside by one dot, one or two underscores, or any number of dashes. */
    public static boolean isRepository(String name) {
        if (name.length() > LONGEST_REPOSITORY) {
            return false;
        }
        char before = '/'; // 0 after a letter or digit, else the separator that is running
        int run = 0;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c >= 'a' && c <= 'z' || c >= '0' && c <= '9') {
                before = 0;
                run = 0;
            } else if (c == '/' && before == 0) {
                before = '/';
            } else if ((c == '.' || c == '_' || c == '-') && (before == 0 || before == c)) {
                before = c;
                run++;
                if (c == '.' && run > 1 || c == '_' && run > 2) {
                    return false;
                }
            } else {
                return false;
            }
        }
        return before == 0;
    }

    /** The tag, if it is one. @throws Fault if not */
    public static String tag(String tag) {
        if (!isTag(tag)) {
            throw new Fault(Code.TAG_INVALID, "a tag has 1 to " + LONGEST_TAG + " letters, digits, '_', '.' and '-', and begins with neither '.' nor '-'");
        }
        return tag;
    }

    /** Whether it is a tag. */
    public static boolean isTag(String tag) {
        if (tag.isEmpty() || tag.length() > LONGEST_TAG || tag.charAt(0) == '.' || tag.charAt(0) == '-') {
            return false;
        }
        return tag.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '.' || c == '-');
    }
}
