package dev.caisson.core.security.identity;

import dev.caisson.InvalidSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The lines of /etc/passwd or /etc/group of an image (passwd(5), group(5)), which may hold anything. Comments, empty lines and lines
 * that are no entry are passed over, as the C library does; a file or line beyond all reason is an error (CVE-2026-47262).
 */
final class AccountFile {
    /** What callers must not read beyond; containerd's number. */
    static final int MAX_BYTES = 10 << 20;
    static final int MAX_LINE = 64 << 10;

    private AccountFile() {}

    /**
     * The entries with at least this many fields.
     *
     * @throws InvalidSpec if the file or a line is too long
     */
    static List<String[]> entries(String path, byte[] file, int fields) {
        if (file.length > MAX_BYTES) {
            throw tooLong(path + " of the image has " + file.length + " bytes, more than " + MAX_BYTES);
        }
        List<String[]> entries = new ArrayList<>();
        for (int start = 0, end; start < file.length; start = end + 1) {
            end = start;
            while (end < file.length && file[end] != '\n') {
                end++;
            }
            if (end - start > MAX_LINE) {
                throw tooLong(path + " of the image has a line of " + (end - start) + " bytes, more than " + MAX_LINE);
            }
            String line = new String(file, start, end - start, StandardCharsets.UTF_8);
            String[] entry = line.split(":", -1);
            if (entry.length >= fields && !entry[0].isEmpty() && !line.startsWith("#")) {
                entries.add(entry);
            }
        }
        return entries;
    }

    private static InvalidSpec tooLong(String why) {
        return new InvalidSpec("user", why, "give numeric ids and an image whose account files are of sane size");
    }

    /** ASCII digits that make a number from 0 to 2^32-2; anything else is none. */
    static OptionalInt id(String digits) {
        if (!digits(digits) || digits.length() > 10) {
            return OptionalInt.empty();
        }
        long id = Long.parseLong(digits);
        return id >= 0xffffffffL ? OptionalInt.empty() : OptionalInt.of((int) id);
    }

    static boolean digits(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
