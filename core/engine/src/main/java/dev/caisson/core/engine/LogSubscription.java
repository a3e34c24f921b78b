package dev.caisson.core.engine;

import dev.caisson.EngineProblem;
import dev.caisson.LogLine;
import dev.caisson.LogQuery;
import dev.caisson.Stage;
import dev.caisson.core.streams.LogFollowers;
import dev.caisson.spi.logging.LogEntry;
import dev.caisson.spi.logging.LogReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One who reads a container's lines: first what was kept when he came, then what came since. Nothing is read for him before he asks; what comes waits for him, up to a limit. A worker serves
 * him while there is something for him; within what was kept, it waits for him.
 */
final class LogSubscription implements Flow.Subscription, LogFollowers.Follower {
    private static final int MAX_LINES = 1 << 16;
    private static final long MAX_BYTES = 16 << 20;
    /** What a line costs besides its bytes. */
    private static final int LINE_COST = 64;

    /** Leaves the reading of what was kept. */
    private static final class Left extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Left() {
            super(null, null, false, false);
        }
    }

    private record Waiting(LogLine line, long cost) {}

    private final LogQuery query;
    private final Flow.Subscriber<? super LogLine> subscriber;
    private final Executor workers;
    private final Consumer<LogSubscription> leave;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private LogStream.@Nullable Kept kept;
    private @Nullable Throwable failure;
    private long bytes;
    private long wanted;
    private boolean begun;
    private boolean ended;
    private boolean over;
    private boolean serving;

    /** @param leave called once, when nothing more will be told */
    LogSubscription(LogQuery query, Flow.Subscriber<? super LogLine> subscriber, Executor workers, Consumer<LogSubscription> leave) {
        this.query = query;
        this.subscriber = subscriber;
        this.workers = workers;
        this.leave = leave;
    }

    // ---- from the subscriber ----

    @Override
    public void request(long n) {
        if (n <= 0) {
            fail(new IllegalArgumentException("request(" + n + ") is not positive"));
            return;
        }
        change(() -> wanted = wanted + n < 0 ? Long.MAX_VALUE : wanted + n);
    }

    @Override
    public void cancel() {
        change(() -> over = true);
        leave.accept(this);
        closeUnread();
    }

    // ---- from the container ----

    /** What was kept when he came. */
    void begin(LogStream.Kept value) {
        change(() -> {
            kept = value;
            begun = true;
        });
        closeUnread();
    }

    @Override
    public void line(LogEntry entry) {
        if (!query.follow()) {
            return;
        }
        Instant time = Instant.ofEpochSecond(entry.epochSecond(), entry.nano());
        if (!query.matches(time)) {
            return;
        }
        LogLine line = line(entry, time);
        long cost = entry.line().remaining() + LINE_COST;
        change(() -> {
            if (ended || over || failure != null) {
                return;
            }
            waiting.add(new Waiting(line, cost));
            bytes += cost;
            if (waiting.size() > MAX_LINES || bytes > MAX_BYTES) {
                failure = new EngineProblem(Stage.LOGS, "a follower of logs is " + waiting.size() + " lines and " + bytes + " bytes behind", "take them faster");
            }
        });
    }

    private static LogLine line(LogEntry entry, Instant time) {
        return new LogLine(time, LogLine.Stream.valueOf(entry.stream().name()), StandardCharsets.UTF_8.decode(entry.line().duplicate()).toString(),
                entry.partial() != null && !entry.partial().last());
    }

    /** Nothing more will come. */
    void end() {
        change(() -> ended = true);
    }

    void fail(Throwable why) {
        change(() -> failure = failure == null ? why : failure);
    }

    /** What was kept cannot be had. */
    void never(Throwable why) {
        change(() -> {
            begun = true;
            failure = why;
        });
    }

    /** Its files go: what he has not read of them by now he does not get. */
    void removed() {
        boolean reading;
        lock.lock();
        try {
            reading = kept != null && kept.snapshot() != null && !over;
        } finally {
            lock.unlock();
        }
        if (reading) {
            fail(new EngineProblem(Stage.LOGS, "the container was removed while its log was read", "read it before"));
        }
    }

    private void change(Runnable how) {
        boolean serve;
        lock.lock();
        try {
            how.run();
            changed.signalAll();
            serve = !serving && !over && begun && something();
            serving |= serve;
        } finally {
            lock.unlock();
        }
        if (serve) {
            workers.execute(this::serve);
        }
    }

    /** Whether there is something for him. */
    private boolean something() {
        return failure != null || (kept != null || !waiting.isEmpty() ? wanted > 0 : ended);
    }

    // ---- the worker ----

    private void serve() {
        try {
            LogStream.Kept before = take();
            if (before != null) {
                read(before);
            }
            boolean more = true;
            while (more) {
                more = step();
            }
        } catch (Left left) {
            finish();
        } catch (RuntimeException | IOException | Error e) {
            fail(e);
            finish();
        }
    }

    /** Hands over the next line. False when he is served no more: for now, so that whoever changes something begins again, or for good, which he is told. */
    private boolean step() {
        LogLine line = null;
        lock.lock();
        try {
            boolean end = failure != null || waiting.isEmpty() && ended;
            if (over || !end && (waiting.isEmpty() || wanted == 0)) {
                serving = false;
                return false;
            }
            if (!end) {
                Waiting first = waiting.remove();
                bytes -= first.cost();
                wanted--;
                line = first.line();
            }
        } finally {
            lock.unlock();
        }
        if (line == null) {
            finish();
            return false;
        }
        subscriber.onNext(line);
        return true;
    }

    private LogStream.@Nullable Kept take() {
        lock.lock();
        try {
            return kept;
        } finally {
            lock.unlock();
        }
    }

    private void read(LogStream.Kept before) throws IOException {
        LogReader.Snapshot snapshot = before.snapshot();
        if (snapshot == null) {
            int from = query.tail() < 0 ? 0 : Math.max(0, before.recent().size() - query.tail());
            before.recent().subList(from, before.recent().size()).stream().filter(l -> query.matches(l.time())).forEach(this::hand);
        } else {
            try (snapshot) {
                snapshot.read(query.tail(), query.since().orElse(null), query.until().orElse(null), entry -> hand(line(entry, Instant.ofEpochSecond(entry.epochSecond(), entry.nano()))));
            }
        }
        change(() -> kept = null);
    }

    /** One line of what was kept, when he asks for it. */
    private void hand(LogLine line) {
        lock.lock();
        try {
            while (wanted == 0 && !over && failure == null) {
                changed.awaitUninterruptibly();
            }
            if (over || failure != null) {
                throw new Left();
            }
            wanted--;
        } finally {
            lock.unlock();
        }
        subscriber.onNext(line);
    }

    /** Tells him how it ended, once. */
    private void finish() {
        Throwable why;
        lock.lock();
        try {
            if (over) {
                return;
            }
            over = true;
            why = failure;
        } finally {
            lock.unlock();
        }
        leave.accept(this);
        if (why == null) {
            subscriber.onComplete();
        } else {
            subscriber.onError(why);
        }
    }

    /** Of who left before he was served. */
    private void closeUnread() {
        LogReader.Snapshot unread = null;
        lock.lock();
        try {
            if (over && !serving && kept != null) {
                unread = kept.snapshot();
                kept = null;
            }
        } finally {
            lock.unlock();
        }
        if (unread != null) {
            unread.close();
        }
    }
}
