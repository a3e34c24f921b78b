package dev.caisson.core.engine;

import dev.caisson.Container;
import dev.caisson.ContainerSpec;
import dev.caisson.EngineProblem;
import dev.caisson.ExitStatus;
import dev.caisson.InvalidSpec;
import dev.caisson.Schedule;
import dev.caisson.Schedule.Missed;
import dev.caisson.Schedule.Overlap;
import dev.caisson.ScheduledContainer;
import dev.caisson.Signal;
import dev.caisson.Stage;
import dev.caisson.Stdin;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Starts a container when it is due. One thread looks at the clock, which may be set or stand still with the machine; runs are the engine's threads'.
 * All state is guarded by this object.
 */
final class LiveSchedule implements ScheduledContainer {
    private static final long LOOK_MILLIS = 250;
    /** Later than this, nobody looked in time. */
    private static final Duration TOLERANCE = Duration.ofSeconds(10);
    private static final Duration END_PATIENCE = Duration.ofSeconds(20);
    private static final int MAX_WAITING = 100;

    private final LocalEngine engine;
    private final ContainerSpec spec;
    private final Schedule schedule;
    private final Consumer<LiveSchedule> onClose;
    private final ScheduleStamp stamp;
    private final RunHistory history = new RunHistory();
    private final Deque<Instant> waiting = new ArrayDeque<>();
    private final Thread thread;
    /** From which intervals are counted. */
    private final Instant start;
    /** Everything due until then was dealt with. */
    private Instant until;
    private @Nullable Instant next;
    private @Nullable Current current;
    private boolean closed;

    /** The run under way. */
    private static final class Current {
        private final CompletableFuture<Container> container;
        private final CompletableFuture<Void> over = new CompletableFuture<>();
        private boolean killed;

        private Current(CompletableFuture<Container> container) {
            this.container = container;
        }
    }

    LiveSchedule(LocalEngine engine, ContainerSpec spec, Schedule schedule, Consumer<LiveSchedule> onClose) {
        if (spec.life().detached() || spec.process().stdin() instanceof Stdin.Stream) {
            throw new InvalidSpec(spec.life().detached() ? "detached()" : "stdin(InputStream)", "is not for schedules: each run ends before its container is removed, and begins anew",
                    "leave it out; " + (spec.life().detached() ? "Schedule.systemd(…) starts a program without a JVM that stays" : "stdin(byte[]) can be read again and again"));
        }
        this.engine = engine;
        this.spec = spec;
        this.schedule = schedule;
        this.onClose = onClose;
        Instant now = schedule.clock().instant();
        this.stamp = new ScheduleStamp(schedule.stamp().orElse(null), now);
        this.start = stamp.start();
        this.until = stamp.until();
        this.next = schedule.next(start, until).orElse(null);
        this.thread = new Thread(this::look, "caisson-schedule-" + engine.home().id());
        thread.setDaemon(true);
        thread.start();
    }

    private void look() {
        try {
            synchronized (this) {
                while (!closed) {
                    tick(schedule.clock().instant());
                    wait(LOOK_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            // nobody but who ends the JVM interrupts it
        }
    }

    private void tick(Instant now) {
        if (now.isBefore(until.minus(TOLERANCE))) { // the clock was set back
            until = now;
            next = schedule.next(start, now.isBefore(start) ? start : now).orElse(null);
        }
        List<Instant> late = new ArrayList<>();
        List<Instant> timely = new ArrayList<>();
        Instant due = next;
        while (due != null && !due.isAfter(now)) {
            (due.plus(TOLERANCE).isBefore(now) ? late : timely).add(due);
            if (late.size() > MAX_WAITING) {
                history.add(late.remove(0), Outcome.MISSED);
            }
            due = schedule.next(start, due).orElse(null);
        }
        next = due;
        until = now.isAfter(until) ? now : until;
        if (!late.isEmpty() || !timely.isEmpty()) {
            stamp.write(start, until);
        }
        late(late);
        timely.forEach(this::submit);
    }

    private void late(List<Instant> late) {
        int runs = schedule.missed() == Missed.SKIP ? 0 : schedule.missed() == Missed.ONCE ? Math.min(1, late.size()) : late.size();
        late.subList(0, late.size() - runs).forEach(due -> history.add(due, Outcome.MISSED));
        waiting.addAll(late.subList(late.size() - runs, late.size()));
        proceed();
    }

    private void submit(Instant due) {
        Current under = current;
        if (under != null && schedule.overlap() == Overlap.REPLACE) {
            waiting.forEach(earlier -> history.add(earlier, Outcome.SKIPPED));
            waiting.clear();
            kill(under, false);
        }
        boolean free = under == null && waiting.isEmpty();
        if (free || schedule.overlap() == Overlap.REPLACE || schedule.overlap() == Overlap.QUEUE && waiting.size() < MAX_WAITING) {
            waiting.add(due);
            proceed();
        } else {
            history.add(due, Outcome.SKIPPED);
        }
    }

    private void proceed() {
        if (current != null || closed) {
            return;
        }
        Instant due = waiting.poll();
        if (due == null) {
            return;
        }
        RunHistory.Entry entry = history.add(due, Outcome.RUNNING);
        CompletableFuture<Container> container;
        try {
            container = engine.runAsync(spec);
        } catch (RuntimeException e) { // the engine closes
            history.failed(entry, now(), e);
            return;
        }
        Current run = new Current(container);
        current = run;
        container.whenComplete((c, failure) -> engine.workers().execute(() -> follow(run, entry, c, failure)));
    }

    private Instant now() {
        return schedule.clock().instant();
    }

    private void follow(Current run, RunHistory.Entry entry, @Nullable Container container, @Nullable Throwable failure) {
        try {
            if (container == null) {
                ended(run, entry, e -> history.failed(e, now(), java.util.Objects.requireNonNull(failure)));
                return;
            }
            synchronized (this) {
                history.started(entry, now());
                if (run.killed) {
                    container.kill(Signal.KILL);
                }
            }
            ExitStatus exit = container.onExit().join();
            String output = container.logs();
            container.remove();
            ended(run, entry, e -> history.ended(e, now(), exit, output));
        } catch (RuntimeException | Error e) {
            ended(run, entry, each -> history.failed(each, now(), e));
        }
    }

    private void ended(Current run, RunHistory.Entry entry, Consumer<RunHistory.Entry> outcome) {
        synchronized (this) {
            outcome.accept(entry);
            if (run.killed) {
                history.killed(entry, now());
            }
            current = null;
            proceed();
        }
        run.over.complete(null);
    }

    /** @param atOnce whether also a start under way is given up; else it is killed when it is through, so that its name is free for the next */
    private static void kill(Current run, boolean atOnce) {
        run.killed = true;
        if (run.container.isDone() ? !run.container.isCompletedExceptionally() : atOnce && !run.container.cancel(true) && !run.container.isCompletedExceptionally()) {
            run.container.join().kill(Signal.KILL);
        }
    }

    @Override
    public synchronized Optional<Instant> next() {
        return closed ? Optional.empty() : Optional.ofNullable(next);
    }

    @Override
    public synchronized Optional<Container> running() {
        Current run = current;
        return run == null || !run.container.isDone() || run.container.isCompletedExceptionally() ? Optional.empty() : Optional.of(run.container.join());
    }

    @Override
    public synchronized List<Run> history() {
        return history.list();
    }

    @Override
    public synchronized void runNow() {
        if (closed) {
            throw new EngineProblem(Stage.SUPERVISE, "this schedule is closed", "make another: Engine.schedule(…)");
        }
        submit(now());
    }

    @Override
    public void close() {
        Current run;
        synchronized (this) {
            if (!closed) {
                closed = true;
                waiting.forEach(due -> history.add(due, Outcome.SKIPPED));
                waiting.clear();
                stamp.write(start, until);
            }
            run = current;
            if (run != null && !run.killed) {
                kill(run, true);
            }
            notifyAll();
        }
        if (run != null && !Waiting.ended(run.over, END_PATIENCE)) {
            throw new EngineProblem(Stage.SUPERVISE, "a scheduled container did not end within " + END_PATIENCE.toSeconds() + " s of its kill", "look for a process in state D (uninterruptible sleep) among those of the container");
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        onClose.accept(this);
    }

    @Override
    public String toString() {
        return schedule + (closed ? " (closed)" : ", next " + next);
    }
}
