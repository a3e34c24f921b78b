package dev.caisson.core.registry;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;

/** An HTTP client that can be hung up while somebody waits for an answer of it, who is told so then. Of the JDK's own, up to Java 18, he would wait for ever. Thread-safe. */
final class Client {
    /** What who waits is told: it does not pass by trying again. */
    static final class HungUp extends IOException {
        private static final long serialVersionUID = 1;

        HungUp() {
            super("the engine is closed");
        }
    }

    private static final class Call {
        private final Thread thread = Thread.currentThread();
        private boolean interrupted;
    }

    private final HttpClient http;
    private final Duration patience;
    private final Set<Call> calls = new HashSet<>();
    private final Set<TimedBody> bodies = Collections.newSetFromMap(new WeakHashMap<>());
    private boolean over;

    /** @param patience the longest wait for a byte of a body */
    Client(HttpClient http, Duration patience) {
        this.http = http;
        this.patience = patience;
    }

    HttpClient http() {
        return http;
    }

    /**
     * As {@link HttpClient#send}.
     *
     * @throws HungUp if it is hung up, or was
     */
    HttpResponse<TimedBody> send(HttpRequest request) throws IOException, InterruptedException {
        Call call = begun();
        try {
            return http.send(request, info -> BodySubscribers.mapping(BodySubscribers.ofPublisher(), body -> opened(new TimedBody(body, patience))));
        } catch (InterruptedException e) {
            if (ended(call)) {
                throw new HungUp();
            }
            throw e;
        } finally {
            if (ended(call)) {
                Thread.interrupted(); // it was ours, and came too late
            }
        }
    }

    private synchronized Call begun() throws HungUp {
        if (over) {
            throw new HungUp();
        }
        Call call = new Call();
        calls.add(call);
        return call;
    }

    /** @return whether it was interrupted by us */
    private synchronized boolean ended(Call call) {
        calls.remove(call);
        return call.interrupted;
    }

    private synchronized TimedBody opened(TimedBody body) {
        if (over) {
            body.onError(new HungUp());
        } else {
            bodies.add(body);
        }
        return body;
    }

    /** Whoever waits is told, and whoever asks from now on. The connections stay: {@link ClientEnd}. */
    void hangUp() {
        List<TimedBody> open;
        synchronized (this) {
            over = true;
            for (Call call : calls) {
                call.interrupted = true;
                call.thread.interrupt();
            }
            open = List.copyOf(bodies);
        }
        open.forEach(body -> body.onError(new HungUp()));
    }
}
