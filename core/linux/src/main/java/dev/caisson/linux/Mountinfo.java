package dev.caisson.linux;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code /proc/<pid>/mountinfo}; names are as {@link PathBytes} gives them, with the kernel's octal escapes undone. */
public final class Mountinfo {
    private Mountinfo() {}

    /** The mounts that this thread sees. */
    public static List<MountEntry> read() {
        return read("/proc/thread-self/mountinfo");
    }

    /** The mounts that a process sees. */
    public static List<MountEntry> read(int pid) {
        return read("/proc/" + pid + "/mountinfo");
    }

    private static List<MountEntry> read(String path) {
        try (Fd file = FileCalls.open(path, Fcntl.O_RDONLY, 0)) {
            ByteBuffer all = ByteBuffer.allocate(64 * 1024);
            while (FileCalls.read(file, all) > 0) {
                if (!all.hasRemaining()) {
                    all = ByteBuffer.allocate(all.capacity() * 2).put(all.flip());
                }
            }
            return parse(PathBytes.decode(all.array(), 0, all.position()));
        }
    }

    /** The entries of a file's text; IllegalArgumentException quotes a line that is none. */
    public static List<MountEntry> parse(String text) {
        List<MountEntry> entries = new ArrayList<>();
        for (int start = 0; start < text.length(); ) {
            int newline = text.indexOf('\n', start);
            int end = newline < 0 ? text.length() : newline;
            if (end > start) {
                entries.add(line(text.substring(start, end)));
            }
            start = end + 1;
        }
        return entries;
    }

    private static MountEntry line(String line) {
        // An empty source is two spaces in a row: no field may be dropped.
        String[] fields = line.split(" ", -1);
        int dash = 6;
        while (dash < fields.length && !fields[dash].equals("-")) {
            dash++;
        }
        if (dash + 3 >= fields.length) {
            throw malformed(line);
        }
        List<String> optional = new ArrayList<>(dash - 6);
        for (int i = 6; i < dash; i++) {
            optional.add(fields[i]);
        }
        try {
            int colon = fields[2].indexOf(':');
            return new MountEntry(
                    Integer.parseInt(fields[0]), Integer.parseInt(fields[1]),
                    Integer.parseInt(fields[2].substring(0, Math.max(0, colon))), Integer.parseInt(fields[2].substring(colon + 1)),
                    unescape(fields[3]), unescape(fields[4]), fields[5], List.copyOf(optional),
                    unescape(fields[dash + 1]), unescape(fields[dash + 2]), unescape(fields[dash + 3]));
        } catch (NumberFormatException e) {
            throw malformed(line);
        }
    }

    private static IllegalArgumentException malformed(String line) {
        return new IllegalArgumentException("not a line of mountinfo: \"" + PathBytes.printable(line) + "\"");
    }

    /** Undoes {@code \040} (space), {@code \011}, {@code \012}, {@code \134} and {@code \043}. */
    static String unescape(String field) {
        int backslash = field.indexOf('\\');
        if (backslash < 0) {
            return field;
        }
        StringBuilder out = new StringBuilder(field.length());
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            int value = c == '\\' ? octal(field, i + 1) : -1;
            if (value >= 0) {
                out.append((char) value);
                i += 3;
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    /** Three octal digits of an ASCII character, or -1. */
    private static int octal(String field, int at) {
        if (at + 3 > field.length()) {
            return -1;
        }
        int value = 0;
        for (int i = at; i < at + 3; i++) {
            int digit = field.charAt(i) - '0';
            if (digit < 0 || digit > 7) {
                return -1;
            }
            value = value * 8 + digit;
        }
        return value < 0x80 ? value : -1;
    }
}
