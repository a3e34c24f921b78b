package dev.caisson.testkit.leak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** How much of the processors' time nobody wanted (proc_stat(5)), since it was made. */
final class IdleTime {
    private static final int IDLE = 3;
    private static final double ENOUGH = 0.25;

    private final Path file;
    private final long[] begun;

    IdleTime() {
        this(Path.of("/proc/stat"));
    }

    IdleTime(Path file) {
        this.file = file;
        this.begun = read();
    }

    /** Whether a quarter of all their time was left: who was late then was not late for want of it. */
    boolean enough() {
        long[] now = read();
        long all = Arrays.stream(now).sum() - Arrays.stream(begun).sum();
        return all > 0 && (now[IDLE] - begun[IDLE]) >= ENOUGH * all;
    }

    /** The first line: user, nice, system, idle, iowait, irq, softirq, steal; guests' time, which follows, is users' already. */
    private long[] read() {
        try {
            String all = Files.readString(file, StandardCharsets.US_ASCII).lines().findFirst().orElseThrow();
            return Arrays.stream(all.split(" +")).skip(1).limit(8).mapToLong(Long::parseLong).toArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
