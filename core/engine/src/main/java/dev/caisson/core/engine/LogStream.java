package dev.caisson.core.engine;

import dev.caisson.LogLine;
import dev.caisson.LogQuery;
import dev.caisson.core.streams.LogFollowers;
import dev.caisson.core.streams.LogOutput;
import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.logging.LogReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** The lines of one container for whoever subscribes: those kept, from the driver if it can be read and else the last ones, then those to come. */
final class LogStream {
    private final String name;
    private final LocalEngine engine;
    private final LogFollowers followers = new LogFollowers();
    private final Set<LogSubscription> active = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Outputs outputs;
    private volatile @Nullable LogDriver driver;
    private volatile boolean removed;

    /** @param name for messages */
    LogStream(LocalEngine engine, String name) {
        this.engine = engine;
        this.name = name;
    }

    /** What is kept when somebody comes. @param snapshot null if the driver cannot be read @param recent the last lines, if so */
    record Kept(LogReader.@Nullable Snapshot snapshot, List<LogLine> recent) {}

    /** A run begins: its lines go on where the last one's ended. Before its first. */
    void begins(Outputs value, @Nullable LogDriver log) {
        outputs = value;
        driver = log;
        LogOutput output = value.log();
        if (output != null) {
            output.followedBy(followers);
        }
    }

    /** @param exit completes when whoever follows is at the end */
    Flow.Publisher<LogLine> lines(LogQuery query, CompletableFuture<?> exit) {
        return subscriber -> subscribe(query, exit, subscriber);
    }

    private void subscribe(LogQuery query, CompletableFuture<?> exit, Flow.Subscriber<? super LogLine> subscriber) {
        LogSubscription subscription = new LogSubscription(query, subscriber, this::execute, this::left);
        active.add(subscription);
        subscriber.onSubscribe(subscription);
        try {
            flush();
            subscription.begin(followers.join(subscription, this::kept));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            subscription.never(new UncheckedIOException(new InterruptedIOException("interrupted while subscribing")));
            return;
        } catch (RuntimeException e) {
            subscription.never(e);
            return;
        }
        if (!query.follow()) {
            subscription.end();
            return;
        }
        exit.whenComplete((status, failure) -> atTheEnd(subscription));
        query.until().ifPresent(until -> {
            Duration left = Duration.between(Instant.now(), until);
            engine.poller().schedule(left.isNegative() ? Duration.ZERO : left, subscription::end);
        });
    }

    /** What was read by now is kept, so that who does not follow has it. */
    private void flush() throws InterruptedException {
        Outputs now = outputs;
        if (now != null && now.log() != null) {
            now.log().flush();
        }
    }

    private void left(LogSubscription subscription) {
        followers.leave(subscription);
        active.remove(subscription);
    }

    /** When the last line of the run that has ended is kept. */
    private void atTheEnd(LogSubscription subscription) {
        Outputs last = outputs;
        LogOutput log = last == null ? null : last.log();
        if (log == null) {
            subscription.end();
        } else {
            log.closed().whenComplete((closed, failure) -> subscription.end());
        }
    }

    private Kept kept() {
        Outputs now = outputs;
        if (now == null) {
            return new Kept(null, List.of()); // never started
        }
        if (!removed && driver instanceof LogReader reader) {
            try {
                return new Kept(reader.snapshot(), List.of());
            } catch (IOException e) {
                if (!removed) {
                    throw LogText.unreadable(name, e);
                } // else it was removed while we looked
            }
        }
        return new Kept(null, now.recent().lines());
    }

    /** By who asks, when the engine is closed. */
    private void execute(Runnable task) {
        try {
            engine.workers().execute(task);
        } catch (RejectedExecutionException closed) {
            task.run();
        }
    }

    /** The container goes: who still reads its files does so no more. */
    void close() {
        removed = true;
        active.forEach(LogSubscription::removed);
    }
}
