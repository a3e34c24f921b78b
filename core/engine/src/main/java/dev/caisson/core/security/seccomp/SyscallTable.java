package dev.caisson.core.security.seccomp;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Names and numbers of the system calls of every {@link Arch}, from {@code syscalls.csv} (libseccomp 2.5.4 and Linux 6.18). */
final class SyscallTable {
    /** The first of arm's private calls (breakpoint, cacheflush, set_tls …), far above the ordinary ones (asm/unistd.h). */
    static final int ARM_PRIVATE = 0xF0000;

    private final Map<String, int[]> numbers = new HashMap<>(1024);
    private final int[] newest = new int[Arch.values().length];
    private final int[] newestPrivate = {-1, -1, -1, -1};

    private SyscallTable(String csv) {
        for (String line : csv.split("\n")) {
            String[] fields = line.split(",", -1);
            int[] row = new int[newest.length];
            for (int arch = 0; arch < row.length; arch++) {
                String field = fields[1 + arch];
                row[arch] = field.isEmpty() ? -1 : Integer.parseInt(field);
                int[] highest = row[arch] >= ARM_PRIVATE ? newestPrivate : newest;
                highest[arch] = Math.max(highest[arch], row[arch]);
            }
            numbers.put(fields[0], row);
        }
    }

    /** The table; read once, when it is first asked for. */
    static SyscallTable get() {
        return Holder.TABLE;
    }

    /** Whether any architecture has a call of this name. */
    boolean knows(String name) {
        return numbers.containsKey(name);
    }

    Set<String> names() {
        return Set.copyOf(numbers.keySet());
    }

    OptionalInt number(Arch arch, String name) {
        int[] row = numbers.get(name);
        return row == null || row[arch.ordinal()] < 0 ? OptionalInt.empty() : OptionalInt.of(row[arch.ordinal()]);
    }

    /** The name of a number, for reading filters. */
    Optional<String> name(Arch arch, int number) {
        return numbers.entrySet().stream().filter(e -> e.getValue()[arch.ordinal()] == number).map(Map.Entry::getKey).findFirst();
    }

    /** The highest ordinary number: what lies above is a call that was invented later, or x32. */
    int newest(Arch arch) {
        return newest[arch.ordinal()];
    }

    /** The highest private number, or -1 where an architecture has none. */
    int newestPrivate(Arch arch) {
        return newestPrivate[arch.ordinal()];
    }

    private static final class Holder {
        static final SyscallTable TABLE = read();

        private static SyscallTable read() {
            try (InputStream in = SyscallTable.class.getResourceAsStream("syscalls.csv")) {
                if (in == null) {
                    throw new IllegalStateException("syscalls.csv is missing from the engine's jar");
                }
                return new SyscallTable(new String(in.readAllBytes(), StandardCharsets.US_ASCII));
            } catch (IOException e) {
                throw new UncheckedIOException("reading syscalls.csv from the engine's jar", e);
            }
        }
    }
}
