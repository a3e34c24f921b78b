package dev.caisson.core.engine;

import dev.caisson.ContainerStats;
import java.time.Duration;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;

/** Readings at an interval, for each subscriber of its own, until the container has ended or the subscriber is gone. */
final class UsageStream implements Flow.Publisher<ContainerStats> {
    private static final int AHEAD = 2;

    private final LiveContainer container;
    private final Duration every;

    UsageStream(LiveContainer container, Duration every) {
        this.container = container;
        this.every = every;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ContainerStats> subscriber) {
        SubmissionPublisher<ContainerStats> readings = new SubmissionPublisher<>(container.engine().workers(), AHEAD);
        readings.subscribe(subscriber);
        container.currentExit().whenComplete((status, failure) -> readings.close());
        next(readings);
    }

    private void next(SubmissionPublisher<ContainerStats> readings) {
        if (readings.isClosed() || !readings.hasSubscribers()) {
            readings.close();
            return;
        }
        container.engine().poller().schedule(every, () -> {
            try {
                container.engine().workers().execute(() -> read(readings));
            } catch (RejectedExecutionException closed) {
                readings.close();
            }
        });
    }

    private void read(SubmissionPublisher<ContainerStats> readings) {
        try {
            if (!container.currentExit().isDone()) {
                readings.offer(container.usage(), 0, TimeUnit.NANOSECONDS, null); // a subscriber who is behind misses this one
            }
            next(readings);
        } catch (RuntimeException e) {
            if (container.currentExit().isDone() || container.state() == dev.caisson.Container.State.REMOVED) {
                readings.close(); // it ended while we read
            } else {
                readings.closeExceptionally(e);
            }
        }
    }
}
