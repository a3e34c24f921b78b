package dev.caisson.core.cgroup;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Device nodes that may be used, as docker and the v1 device cgroup write it: {@code c 10:200 rwm}.
 *
 * @param type c, b, or a for both
 * @param major {@link #ANY} for all
 * @param minor {@link #ANY} for all
 * @param access bits {@link #MKNOD}, {@link #READ}, {@link #WRITE}, as in bpf(2)
 */
public record DeviceRule(char type, int major, int minor, int access) {
    public static final int ANY = -1;
    public static final int MKNOD = 1;
    public static final int READ = 2;
    public static final int WRITE = 4;
    public static final int RWM = READ | WRITE | MKNOD;

    private static final Pattern FORM = Pattern.compile("([abc]) (\\d{1,7}|\\*):(\\d{1,7}|\\*) ([rwm]{1,3})");

    public DeviceRule {
        if ("abc".indexOf(type) < 0 || major < ANY || minor < ANY || access < 1 || access > RWM) {
            throw new IllegalArgumentException("no device rule: " + type + " " + major + ":" + minor + " access " + access);
        }
    }

    /** From docker's form, {@code --device-cgroup-rule}. */
    public static DeviceRule parse(String text) {
        Matcher m = FORM.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a device rule such as 'c 42:* rmw'");
        }
        return new DeviceRule(m.group(1).charAt(0), number(m.group(2)), number(m.group(3)), access(m.group(4)));
    }

    /** The bits of a string of r, w and m. */
    public static int access(String letters) {
        int access = 0;
        for (char c : letters.toCharArray()) {
            access |= c == 'r' ? READ : c == 'w' ? WRITE : c == 'm' ? MKNOD : 0;
        }
        return access;
    }

    private static int number(String text) {
        return text.equals("*") ? ANY : Integer.parseInt(text);
    }

    /** Whether it allows this use of a node; an access of several bits must be covered by one rule, as in the kernel. */
    boolean allows(char nodeType, int nodeMajor, int nodeMinor, int nodeAccess) {
        return (type == 'a' || type == nodeType) && (major == ANY || major == nodeMajor) && (minor == ANY || minor == nodeMinor)
                && (nodeAccess & ~access) == 0;
    }

    /** As {@code devices.allow} takes it. */
    @Override
    public String toString() {
        return type + " " + (major == ANY ? "*" : major) + ":" + (minor == ANY ? "*" : minor) + " "
                + ((access & READ) != 0 ? "r" : "") + ((access & WRITE) != 0 ? "w" : "") + ((access & MKNOD) != 0 ? "m" : "");
    }
}
