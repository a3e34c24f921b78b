package dev.caisson.core.readiness;

import dev.caisson.Readiness;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.time.Duration;

/** One GET after the other, each with two seconds. Redirects are an answer. */
final class HttpProbe implements Probe {
    private static final int PATIENCE_MILLIS = 2000;
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Readiness.Http wanted;
    private final Watched watched;

    HttpProbe(Readiness.Http wanted, Watched watched) {
        this.wanted = wanted;
        this.watched = watched;
    }

    @Override
    public String pending() {
        try {
            HttpURLConnection connection = (HttpURLConnection) watched.reach(wanted.port()).resolve(wanted.path()).toURL().openConnection(Proxy.NO_PROXY);
            connection.setConnectTimeout(PATIENCE_MILLIS);
            connection.setReadTimeout(PATIENCE_MILLIS);
            connection.setInstanceFollowRedirects(false);
            connection.setUseCaches(false);
            try {
                int status = connection.getResponseCode();
                return status >= wanted.lowest() && status <= wanted.highest() ? "" : wanted + " (" + (status < 0 ? "no HTTP" : status) + ")";
            } finally {
                connection.disconnect();
            }
        } catch (IOException e) {
            return wanted + " (" + e.getMessage() + ")";
        }
    }

    @Override
    public Duration interval() {
        return PAUSE;
    }
}
