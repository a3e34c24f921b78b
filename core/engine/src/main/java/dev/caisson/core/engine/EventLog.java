package dev.caisson.core.engine;

import dev.caisson.ContainerEvent;
import dev.caisson.EngineProblem;
import dev.caisson.EventFilter;
import dev.caisson.Events;
import dev.caisson.Stage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;

/** What happened to containers: the last events, and whoever listens. Recording blocks nobody. */
final class EventLog implements Events, AutoCloseable {
    private static final int KEPT = 1_000;
    private static final int BEHIND = 1 << 16;

    private final Executor workers;
    private final LocalEngine engine;
    private final Deque<ContainerEvent> past = new ArrayDeque<>();
    private final List<Listener> listeners = new ArrayList<>();
    private boolean closed;

    private record Listener(EventFilter filter, SubmissionPublisher<ContainerEvent> publisher) {}

    EventLog(LocalEngine engine, Executor workers) {
        this.engine = engine;
        this.workers = workers;
    }

    /** @param words action, then {@code key=value} as far as there are; a text after a colon is the action's value */
    synchronized void record(RunContext run, String words) {
        Map<String, String> attributes = new LinkedHashMap<>(run.spec().labels());
        int colon = words.indexOf(": ");
        String[] parts = (colon < 0 ? words : words.substring(0, colon)).split(" ");
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            if (equals > 0) {
                attributes.put(parts[i].substring(0, equals), parts[i].substring(equals + 1));
            }
        }
        if (colon >= 0) {
            attributes.put(parts[0], words.substring(colon + 2));
        }
        ContainerEvent event = new ContainerEvent(Instant.now(), parts[0], run.id(), run.name(), attributes);
        past.addLast(event);
        if (past.size() > KEPT) {
            past.removeFirst();
        }
        listeners.removeIf(l -> !l.publisher.hasSubscribers());
        listeners.removeIf(l -> l.filter.matches(event) && !offer(l.publisher, event));
    }

    /** False if nobody wants more. */
    private static boolean offer(SubmissionPublisher<ContainerEvent> publisher, ContainerEvent event) {
        boolean[] full = {false};
        publisher.offer(event, 0, TimeUnit.NANOSECONDS, (subscriber, dropped) -> {
            full[0] = true;
            return false;
        });
        if (full[0]) {
            publisher.closeExceptionally(new EngineProblem(Stage.SUPERVISE, "a subscriber of events is " + BEHIND + " behind", "take them faster, or filter them"));
        }
        return !full[0];
    }

    @Override
    public synchronized List<ContainerEvent> past(EventFilter filter) {
        return past.stream().filter(filter::matches).toList();
    }

    @Override
    public Flow.Publisher<ContainerEvent> stream(EventFilter filter) {
        return subscriber -> subscribe(filter, subscriber);
    }

    private synchronized void subscribe(EventFilter filter, Flow.Subscriber<? super ContainerEvent> subscriber) {
        SubmissionPublisher<ContainerEvent> publisher = new SubmissionPublisher<>(workers, BEHIND);
        publisher.subscribe(subscriber);
        if (filter.since().isPresent()) {
            past(filter).forEach(e -> offer(publisher, e));
        }
        if (closed) {
            publisher.close();
            return;
        }
        listeners.add(new Listener(filter, publisher));
        filter.until().ifPresent(until -> {
            Duration left = Duration.between(Instant.now(), until);
            engine.poller().schedule(left.isNegative() ? Duration.ZERO : left, publisher::close);
        });
    }

    @Override
    public synchronized void close() {
        closed = true;
        listeners.forEach(l -> l.publisher.close());
        listeners.clear();
    }
}
