package dev.caisson.network.etcd;

import java.net.http.HttpClient;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The end of an HTTP client. From Java 21 on it can be closed. Before, its thread ends some time after nothing refers to the client any more; interrupted it ends at once,
 * and closes its connections.
 */
final class HttpClients {
    /** The client's text ends with the number that its thread's name has. */
    private static final Pattern NUMBER = Pattern.compile("\\((\\d+)\\)$");
    private static final long PATIENCE = TimeUnit.SECONDS.toMillis(2);

    private HttpClients() {}

    static void end(HttpClient client) {
        try {
            HttpClient.class.getMethod("shutdownNow").invoke(client);
        } catch (ReflectiveOperationException e) {
            // before Java 21
        }
        Matcher number = NUMBER.matcher(client.toString());
        if (!number.find()) {
            return;
        }
        String name = "HttpClient-" + number.group(1) + "-SelectorManager";
        Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().equals(name)).forEach(thread -> {
            thread.interrupt();
            try {
                thread.join(PATIENCE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
