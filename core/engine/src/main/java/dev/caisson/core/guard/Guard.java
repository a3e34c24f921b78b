package dev.caisson.core.guard;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.poll.Poller;
import dev.caisson.linux.Epoll;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.SyscallException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running guard. Requests may come from any thread (one message is one record of the socket); answers are dispatched in the poller's turn, on its thread or on that of a caller who waits ({@link #hear}). When the
 * guard dies, every launch hears {@link LaunchListener#lost()}.
 */
public final class Guard implements AutoCloseable {
    /** How many descriptors it holds for a detached launch, at most. */
    public static final int MOST_HELD = GuardProtocol.MAX_HELD;

    /** What a signal is sent to; numbers of {@code enum signal_scope}. */
    public enum Scope { PROCESS, GROUP, TREE }

    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    private static final int SIGKILL = 9;
    /** So long an interrupt may go unnoticed, and a virtual thread keep its carrier; longer ones gain nothing from it. */
    private static final long HEARING_NANOS = 20_000_000;

    private final GuardProcess process;
    private final Poller poller;
    private volatile Poller.@Nullable Watch watch;
    private final Map<Integer, Launched> launches = new ConcurrentHashMap<>();
    private final AtomicInteger nextId = new AtomicInteger(1);
    private final ByteBuffer inbox = ByteBuffer.allocateDirect(GuardProtocol.MAX_MESSAGE).order(ByteOrder.LITTLE_ENDIAN);
    private final Set<Integer> detached = ConcurrentHashMap.newKeySet();
    private final Asked forgetting = new Asked();
    private final Asked detaching = new Asked();
    private volatile boolean listens;
    private volatile boolean alive = true;
    private volatile boolean left;

    private record Launched(LaunchPlan plan, LaunchListener listener) {}

    private Guard(GuardProcess process, Poller poller, boolean heard) {
        this.process = process;
        this.poller = poller;
        if (heard) {
            begin();
        }
    }

    /**
     * Starts a guard and waits until it is ready.
     *
     * @param lock the engine's lock file, which the guard holds as long as it lives
     * @param engineSlots descriptors for the engine's life, in order
     * @param users the user namespace it begins in; empty for the JVM's own
     * @param farewell a plan with an UNDO list alone, over engine slots: what the guard does last, also when the JVM is dead
     */
    public static Guard start(Poller poller, Fd lock, List<Fd> engineSlots, LaunchPlan farewell, Optional<Fd> users) {
        return start(GuardProcess.start(lock, users, false), poller, engineSlots, Optional.of(farewell));
    }

    /**
     * The same in the JVM's own PID namespace. Its end kills nothing by itself: what is below it is killed by cgroup. It has no farewell: what is the engine's may be in use by the other guard,
     * whose detached launches live on.
     */
    public static Guard outside(Poller poller, Fd lock, List<Fd> engineSlots) {
        return start(GuardProcess.start(lock, Optional.empty(), true), poller, engineSlots, Optional.empty());
    }

    private static Guard start(GuardProcess process, Poller poller, List<Fd> engineSlots, Optional<LaunchPlan> farewell) {
        Guard guard = new Guard(process, poller, true);
        try {
            guard.slots(LaunchPlan.SLOT_ENGINE, engineSlots);
            farewell.ifPresent(guard::farewell);
            return guard;
        } catch (RuntimeException e) {
            guard.close();
            throw e;
        }
    }

    /**
     * Gives it more descriptors for the engine's life.
     *
     * @param first the slot of the first, at least {@link LaunchPlan#SLOT_ENGINE}; none of them may be taken
     */
    public void slots(int first, List<Fd> fds) {
        if (!fds.isEmpty()) {
            send(GuardProtocol.MSG_SLOTS, 0, first, 0, fds.stream().mapToInt(Fd::value).toArray());
        }
    }

    /** Takes some of them from it. */
    public void empty(int first, int count) {
        send(GuardProtocol.MSG_SLOTS, 0, first, count, new int[0]);
    }

    /** What it does last, instead of what it was told before. @param plan as in {@link #start}; what is marked {@code AT_KILL} it does as soon as the JVM is gone */
    public void farewell(LaunchPlan plan) {
        try (Fd memfd = Outgoing.sealed(plan)) {
            send(GuardProtocol.MSG_FAREWELL, 0, 0, 0, new int[] {memfd.value()});
        }
    }

    /** One that has outlived the JVM that started it; heard from {@link #begin()} on. */
    static Guard adopted(GuardProcess process, Poller poller) {
        return new Guard(process, poller, false);
    }

    /** A launch that it keeps, and who hears of its end. */
    public void adopt(int id, LaunchListener listener) {
        launches.put(id, new Launched(new LaunchPlan.Builder().build(), listener));
        detached.add(id);
        nextId.accumulateAndGet(id + 1, Math::max);
    }

    /** Ends a launch of which nothing but its number is known. */
    public void end(int id) {
        send(GuardProtocol.MSG_SIGNAL, id, SIGKILL, Scope.TREE.ordinal(), new int[0]);
        send(GuardProtocol.MSG_FORGET, id, 0, 0, new int[0]);
    }

    /** Of one that was adopted: now it is heard. */
    public void begin() {
        watch = poller.watch(process.socket(), Epoll.EPOLLIN, events -> receive());
    }

    /** Where the next engine finds the guard. The descriptor, a listening socket, stays the caller's. */
    public void listenAt(Fd socket) {
        send(GuardProtocol.MSG_LISTEN, 0, 0, 0, new int[] {socket.value()});
        listens = true;
    }

    /** Whether it was told where. */
    public boolean listens() {
        return listens;
    }

    /**
     * A launch outlives the JVM, and is kept after its end until it is forgotten. The descriptors stay the caller's. Not for the poller's thread, if it is waited for.
     *
     * @param spool empty, to be appended to
     * @param limit bytes it may have
     * @param held what the guard is to hold as long, at most {@link #MOST_HELD}
     * @return whether it does: not if it has ended, and is no less bound than before
     */
    public CompletableFuture<Boolean> detach(int id, Fd stdout, Fd stderr, Fd spool, long limit, List<Fd> held) {
        if (held.size() > MOST_HELD) {
            throw new IllegalArgumentException(held.size() + " descriptors to be held, at most " + MOST_HELD);
        }
        boolean first = detached.add(id); // before it is asked: who closes meanwhile leaves it
        try {
            int[] fds = Stream.concat(Stream.of(stdout, stderr, spool), held.stream()).mapToInt(Fd::value).toArray();
            return detaching.ask(id, () -> send(GuardProtocol.MSG_DETACH, id, limit, 0, fds), () -> alive).whenComplete((done, e) -> notKept(id, first && !done));
        } catch (RuntimeException e) {
            notKept(id, first);
            throw e;
        }
    }

    private void notKept(int id, boolean really) {
        if (really) {
            detached.remove(id);
        }
    }

    /**
     * How a detached launch is launched again, by {@link #again} or by the guard while it has no engine. The descriptors stay the caller's.
     *
     * @param more a mount namespace in which those of the others that the plan attaches are mounts, and those the plan expects, in its order; none if they are as they were
     */
    public void recipe(int id, LaunchPlan plan, List<Fd> more, AgainNumbers numbers) {
        try (Fd memfd = Outgoing.sealed(plan)) {
            send(GuardProtocol.MSG_RECIPE, id, numbers.a(), numbers.b(), Outgoing.numbers(memfd, more));
        }
    }

    /** The guard does not launch it again by itself. Does nothing if the guard is dead. */
    public void stay(int id, AgainNumbers numbers) {
        try {
            send(GuardProtocol.MSG_RECIPE, id, numbers.never().a(), numbers.never().b(), new int[0]);
        } catch (EngineProblem e) {
            LOG.debug("launch {}: the guard is gone and everything with it", id);
        }
    }

    /** A detached launch that is gone and has a recipe is launched again, under its number. @param plan that of the recipe, for messages */
    public void again(int id, LaunchPlan plan, AgainNumbers numbers, LaunchListener listener) {
        launches.put(id, new Launched(plan, listener));
        try {
            send(GuardProtocol.MSG_AGAIN, id, numbers.a(), numbers.b(), new int[0]);
        } catch (RuntimeException e) {
            launches.remove(id);
            throw e;
        }
    }

    /** A detached launch that is gone is kept no more. @return completes when what the guard held for it is free */
    public CompletableFuture<?> forget(int id) {
        return detached.remove(id) ? forgetting.ask(id, () -> send(GuardProtocol.MSG_FORGET, id, 0, 0, new int[0]), () -> alive) : CompletableFuture.completedFuture(null);
    }

    /** How many launches outlive the JVM. */
    public int detached() {
        return detached.size();
    }

    /** The guard's pid on the host. */
    public int pid() {
        return process.pid();
    }

    /** Whether it can take launches. */
    public boolean alive() {
        return alive;
    }

    /**
     * Sends a plan. The descriptors stay the caller's and may be closed as soon as this returns.
     *
     * @param fds those the plan expects, in its order
     * @return the id to be used with {@link #signal} and {@link #go}
     */
    public int launch(LaunchPlan plan, List<Fd> fds, LaunchListener listener) {
        if (fds.size() != plan.fds() || fds.size() + 1 > GuardProtocol.MAX_FDS) {
            throw new IllegalArgumentException(fds.size() + " descriptors for a plan with " + plan.fds() + ", at most " + GuardProtocol.MAX_FDS);
        }
        int id = nextId.getAndIncrement();
        try (Fd memfd = Outgoing.sealed(plan)) {
            launches.put(id, new Launched(plan, listener));
            send(GuardProtocol.MSG_LAUNCH, id, 0, 0, Outgoing.numbers(memfd, fds));
        } catch (RuntimeException e) {
            launches.remove(id);
            throw e;
        }
        return id;
    }

    /**
     * Sends the rest of a launch whose plan ended in {@code CONTINUE}; it may still be on its way there. Does nothing if it is over.
     *
     * @param rest a plan with a CHILD list and nothing else
     */
    public void proceed(int id, LaunchPlan rest, List<Fd> fds) {
        try (Fd memfd = Outgoing.sealed(rest)) {
            send(GuardProtocol.MSG_CONTINUE, id, 0, 0, Outgoing.numbers(memfd, fds));
        }
    }

    /** Lets a launch with {@code WAIT_GO} go on. */
    public void go(int id) {
        send(GuardProtocol.MSG_GO, id, 0, 0, new int[0]);
    }

    /** Sends a signal; does nothing if the launch is over. */
    public void signal(int id, int signal, Scope scope) {
        if (launches.containsKey(id)) {
            try {
                send(GuardProtocol.MSG_SIGNAL, id, signal, scope.ordinal(), new int[0]);
            } catch (EngineProblem e) {
                LOG.debug("signal {} for launch {}: the guard is gone and everything with it", signal, id);
            }
        }
    }

    private void send(int type, int id, long a, long b, int[] fds) {
        if (!alive) {
            throw dead(null);
        }
        try {
            Outgoing.send(process.socket(), type, id, a, b, fds);
        } catch (SyscallException e) {
            if (e.is(Errno.EPIPE, Errno.ECONNRESET)) {
                alive = false; // the poller has not seen it yet; who tries again gets another guard
                throw dead(e);
            }
            throw e;
        }
    }

    private static EngineProblem dead(@Nullable Throwable cause) {
        return new EngineProblem(Stage.SPAWN, "the engine's guard process is dead, and with it every container it had started",
                "try again, the engine starts another; look for who killed caisson-guard (the kernel log tells of the OOM killer)", cause);
    }

    /**
     * The caller hears the guard himself until he has heard enough, for a moment at most: who waits for a short program is woken by the guard then, and not by the poller's thread, which the
     * guard would have to wake first. What he hears of others is dispatched as ever. If another caller does so already, this returns at once. In the end he waits as ever.
     */
    public void hear(BooleanSupplier enough) {
        Poller.Watch watched = watch;
        if (watched != null) {
            watched.attend(() -> enough.getAsBoolean() || Thread.currentThread().isInterrupted(), HEARING_NANOS);
        }
    }

    /** In the poller's turn: one message, or the guard's end. */
    private void receive() {
        inbox.clear();
        Sockets.Received received;
        try {
            received = Sockets.recvmsgNow(process.socket(), inbox);
        } catch (SyscallException e) {
            if (!e.is(Errno.EAGAIN)) { // else who hears it himself has read what we were called for
                lost();
            }
            return;
        }
        if (received.length() < GuardProtocol.HEADER_BYTES) {
            received.fds().forEach(Fd::close);
            lost();
            return;
        }
        inbox.flip();
        int type = inbox.getShort();
        inbox.getShort();
        int id = inbox.getInt();
        long a = inbox.getLong();
        long b = inbox.getLong();
        Launched launched = launches.get(id);
        if (type == GuardProtocol.MSG_FORGOTTEN) {
            forgetting.answered(id, true);
        } else if (type == GuardProtocol.MSG_DETACHED) {
            detaching.answered(id, true);
        } else if (type == GuardProtocol.MSG_REFUSED && b == GuardProtocol.MSG_DETACH) {
            LOG.debug("the guard does not keep launch {} for reason {}", id, a);
            detaching.answered(id, false);
        } else if (launched != null) {
            dispatch(type, id, a, b, launched, received.fds());
        } else {
            received.fds().forEach(Fd::close);
            LOG.warn("the guard speaks of launch {}, which is unknown (message {})", id, type);
        }
    }

    private void dispatch(int type, int id, long a, long b, Launched launched, List<Fd> fds) {
        LaunchListener listener = launched.listener();
        switch (type) {
            case GuardProtocol.MSG_STARTED -> fds.stream().findFirst().ifPresent(listener::started);
            case GuardProtocol.MSG_RUNNING -> listener.running();
            case GuardProtocol.MSG_FAILED -> listener.failed(GuardFailure.read(inbox));
            case GuardProtocol.MSG_EXITED -> listener.exited(GuardExit.read(inbox));
            case GuardProtocol.MSG_GONE -> {
                launches.remove(id);
                List<GuardFailure> failures = new ArrayList<>();
                while (inbox.remaining() >= GuardProtocol.FAILURE_BYTES) {
                    failures.add(GuardFailure.read(inbox));
                }
                listener.gone(failures);
            }
            case GuardProtocol.MSG_REFUSED -> {
                if (b == GuardProtocol.MSG_CONTINUE) {
                    signal(id, SIGKILL, Scope.TREE); // it would wait for ever
                    LOG.error("the guard refused the rest of launch {} for reason {}", id, a);
                    return;
                }
                if (b != GuardProtocol.MSG_LAUNCH && b != GuardProtocol.MSG_AGAIN) {
                    LOG.warn("the guard refused message {} about launch {} for reason {}", b, id, a);
                    return;
                }
                launches.remove(id);
                LOG.error("the guard refused launch {} for reason {}; plan:\n{}", id, a, launched.plan());
                listener.lost();
            }
            default -> LOG.warn("the guard sent the unknown message {}", type);
        }
    }

    /** On the poller thread. */
    private void lost() {
        alive = false;
        unwatch();
        List<Launched> orphans = List.copyOf(launches.values());
        launches.clear();
        orphans.forEach(l -> l.listener().lost());
        forgetting.over();
        detaching.over();
    }

    /** How many launches are not gone yet. */
    public int launches() {
        return launches.size();
    }

    /** The guard's exit status, once it is dead; for diagnosis. */
    public Optional<String> death() {
        return process.death();
    }

    /**
     * Ends the guard; it kills what it still has, unless something is detached. Waits for its end, then tells whoever still waits for a launch. The poller must still run, and the
     * caller must be another thread.
     */
    @Override
    public void close() {
        boolean lived = alive;
        alive = false;
        CompletableFuture<Void> unwatched = new CompletableFuture<>();
        poller.execute(() -> {
            unwatch(); // nobody reads the socket any more, so that it can be closed
            detached.forEach(this::leave); // before it closes: then the guard reads what they print
            unwatched.complete(null);
        });
        unwatched.join();
        left = lived && !detached.isEmpty();
        if (left) {
            process.leave();
        } else {
            process.close();
        }
        poller.execute(this::lost);
    }

    /** Whether it lived on when it was closed, with what is detached. */
    public boolean left() {
        return left;
    }

    private void leave(int id) {
        Launched left = launches.remove(id);
        if (left != null) {
            left.listener().left();
        }
    }

    private void unwatch() {
        Poller.Watch watched = watch;
        if (watched != null) {
            watched.close();
        }
    }
}
