package dev.caisson.core.registry;

import java.net.http.HttpClient;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Ends an HTTP client now. From Java 21 on it can be closed; before, its thread ends some seconds after nothing refers to the client any more, which is when the collector
 * says so. That thread ends at once when it is interrupted, and closes the client's descriptors and connections.
 */
final class ClientEnd {
    /** The client's text ends with the number that its thread's name has. */
    private static final Pattern NUMBER = Pattern.compile("\\((\\d+)\\)$");
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(2);

    private ClientEnd() {
    }

    static void of(HttpClient client) {
        try {
            HttpClient.class.getMethod("shutdownNow").invoke(client);
        } catch (ReflectiveOperationException e) {
            // before Java 21
        }
        Matcher number = NUMBER.matcher(client.toString());
        if (number.find()) {
            thread("HttpClient-" + number.group(1) + "-SelectorManager");
        }
    }

    private static void thread(String name) {
        Thread[] all = new Thread[Thread.activeCount() * 2 + 16];
        int count = root().enumerate(all);
        for (int i = 0; i < count; i++) {
            if (all[i].getName().equals(name)) {
                all[i].interrupt();
                ended(all[i]);
            }
        }
    }

    /** Not by join(), which waits for the monitor of the thread: the client locks that itself, and has been seen to hold it for ever. */
    private static void ended(Thread thread) {
        long end = System.nanoTime() + PATIENCE;
        try {
            while (thread.isAlive() && System.nanoTime() < end) {
                Thread.sleep(1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ThreadGroup root() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) {
            group = group.getParent();
        }
        return group;
    }
}
