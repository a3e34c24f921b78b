package dev.caisson.network.slirp;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** What a program says on its standard error, read as it comes, so that it never waits for who would read it; of that the last is kept, which says why it ended. */
final class LastWords {
    private static final int KEPT = 4096;
    private static final int PATIENCE_SECONDS = 2;

    private final byte[] kept = new byte[KEPT];
    private long heard;
    private final Thread reader;
    private volatile boolean expected;

    private LastWords(Process process, Consumer<String> unexpected) {
        reader = new Thread(() -> {
            read(process.getErrorStream());
            if (!expected) {
                unexpected.accept(last());
            }
        }, "caisson-stderr-" + process.pid());
        reader.setDaemon(true);
    }

    /** @param unexpected told by what line a program ended that was not {@linkplain #expect expected} to, "" if it said nothing */
    static LastWords of(Process process, Consumer<String> unexpected) {
        LastWords words = new LastWords(process, unexpected);
        words.reader.start();
        return words;
    }

    private void read(InputStream from) {
        byte[] buffer = new byte[KEPT];
        try (from) {
            for (int n; (n = from.read(buffer)) >= 0;) {
                take(buffer, n);
            }
        } catch (IOException e) {
            byte[] why = ("its standard error cannot be read: " + e.getMessage()).getBytes(StandardCharsets.UTF_8);
            take(why, Math.min(why.length, KEPT));
        }
    }

    private synchronized void take(byte[] from, int length) {
        for (int i = 0; i < length; i++) {
            kept[(int) (heard++ % KEPT)] = from[i];
        }
    }

    /** Whole lines, but the first may have lost its beginning; without what it says of a host that has no log. */
    private synchronized List<String> lines() {
        int length = (int) Math.min(heard, KEPT);
        byte[] in = new byte[length];
        for (int i = 0; i < length; i++) {
            in[i] = kept[(int) ((heard - length + i) % KEPT)];
        }
        return new String(in, StandardCharsets.UTF_8).lines().map(String::strip).filter(l -> !l.isEmpty() && !l.contains("syslog")).toList();
    }

    private String last() {
        List<String> lines = lines();
        return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
    }

    /** What it has said so far, one line after the other; "" for nothing. */
    String text() {
        return String.join("; ", lines());
    }

    /** From now on its end is wanted. */
    void expect() {
        expected = true;
    }

    /** Of a program that has ended: waits until all that it has said is heard. */
    void end() throws InterruptedException {
        reader.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    }
}
