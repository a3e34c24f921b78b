package dev.caisson.core.guard;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.poll.Poller;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Processes;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.SyscallException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A guard without an engine, taken over: what it keeps, before anybody listens to it. One JVM alone has it; others are told which.
 */
public final class TakenGuard {
    /**
     * What it keeps of a launch.
     *
     * @param pidfd empty if it has ended
     * @param stdout the read end
     * @param lost bytes of output for which the disk had no room
     * @param again where its being launched again by itself has come to; empty if it cannot be
     * @param plan by which it is launched again
     * @param held copies of what is held for it besides, in the order in which it was given
     */
    public record Launch(Optional<Fd> pidfd, Fd stdout, Fd stderr, long lost, Optional<AgainNumbers> again, Optional<Fd> plan, List<Fd> held) {
        /** Closes all. */
        public void close() {
            held.forEach(Fd::close);
            plan.ifPresent(Fd::close);
            pidfd.ifPresent(Fd::close);
            stdout.close();
            stderr.close();
        }
    }

    private static final class Parts {
        private Optional<Fd> pidfd = Optional.empty();
        private final Fd[] streams = new Fd[2];
        private long lost;
        private Optional<AgainNumbers> again = Optional.empty();
        private Optional<Fd> plan = Optional.empty();
        private final List<Fd> held = new ArrayList<>();
    }

    private final Fd socket;
    private final Map<Integer, Parts> parts = new LinkedHashMap<>();
    private Fd pidfd;

    private TakenGuard(Fd socket) {
        this.socket = socket;
        this.pidfd = socket;
    }

    /** @param guard if it is this JVM's now @param holder else the pid of the JVM that has it; 0 for the one that started it */
    public record Answer(Optional<TakenGuard> guard, long holder) {}

    /**
     * Asks for it.
     *
     * @return empty if nobody listens there
     * @throws EngineProblem if it speaks another version of the protocol
     */
    public static Optional<Answer> take(Path path) {
        Fd socket;
        try {
            socket = Sockets.connect(path);
        } catch (SyscallException e) {
            if (e.is(Errno.ENOENT, Errno.ECONNREFUSED)) {
                return Optional.empty();
            }
            throw e;
        }
        TakenGuard taken = new TakenGuard(socket);
        boolean done = false;
        try (Fd jvm = Processes.pidfdOpen(Processes.getpid())) {
            Outgoing.send(socket, GuardProtocol.MSG_TAKE, 0, Processes.getpid(), 0, jvm.value());
            long holder = taken.hear();
            done = holder < 0;
            return Optional.of(new Answer(done ? Optional.of(taken) : Optional.empty(), holder));
        } catch (SyscallException e) {
            if (e.is(Errno.EPIPE, Errno.ECONNRESET)) {
                return Optional.empty(); // it has just ended
            }
            throw e;
        } finally {
            if (!done) {
                taken.close();
            }
        }
    }

    /** -1 once it is ours, else who has it. */
    private long hear() {
        ByteBuffer in = ByteBuffer.allocateDirect(GuardProtocol.MAX_MESSAGE).order(ByteOrder.LITTLE_ENDIAN);
        while (true) {
            in.clear();
            Sockets.Received received = Sockets.recvmsg(socket, in);
            List<Fd> fds = new ArrayList<>(received.fds());
            try {
                if (received.length() < GuardProtocol.HEADER_BYTES) {
                    throw new SyscallException("recvmsg", socket.toString(), Errno.ECONNRESET);
                }
                int type = in.getShort(0);
                int id = in.getInt(4);
                long a = in.getLong(8);
                switch (type) {
                    case GuardProtocol.MSG_HELD -> {
                        return a;
                    }
                    case GuardProtocol.MSG_KEPT -> kept(parts.computeIfAbsent(id, k -> new Parts()), a, in.getLong(16), fds);
                    case GuardProtocol.MSG_TAKEN -> {
                        if (a != LaunchPlan.PROTOCOL_VERSION || fds.isEmpty()) {
                            throw new EngineProblem(Stage.SUPERVISE, "a guard with detached containers speaks version " + a + " of the protocol, this engine "
                                    + LaunchPlan.PROTOCOL_VERSION, "stop them with the Caisson version that started them");
                        }
                        pidfd = fds.remove(0);
                        return -1;
                    }
                    default -> throw new EngineProblem(Stage.SUPERVISE, "a guard said " + type + " when it was taken over", "stop its containers with the Caisson version that started them");
                }
            } finally {
                fds.forEach(Fd::close);
            }
        }
    }

    private static void kept(Parts parts, long which, long value, List<Fd> fds) {
        if (which == 3) {
            parts.again = Optional.of(AgainNumbers.kept(value));
            parts.plan = fds.isEmpty() ? Optional.empty() : Optional.of(fds.remove(0));
        } else if (which == 0) {
            parts.lost = value;
            parts.pidfd = fds.isEmpty() ? Optional.empty() : Optional.of(fds.remove(0));
        } else if (which <= 2 && !fds.isEmpty()) {
            parts.streams[(int) which - 1] = fds.remove(0);
        } else if (!fds.isEmpty()) {
            parts.held.add(fds.remove(0));
        }
    }

    /** What it keeps, by the numbers of its first engine. */
    public Map<Integer, Launch> launches() {
        Map<Integer, Launch> all = new LinkedHashMap<>();
        parts.forEach((id, p) -> {
            if (p.streams[0] != null && p.streams[1] != null) {
                all.put(id, new Launch(p.pidfd, p.streams[0], p.streams[1], p.lost, p.again, p.plan, p.held));
            }
        });
        return all;
    }

    /** As this JVM's guard: what it keeps is to be adopted, then it is to be heard. */
    public Guard guard(Poller poller) {
        return Guard.adopted(GuardProcess.adopted(socket, pidfd), poller);
    }

    /** Leaves it to others. */
    public void close() {
        socket.close();
        if (pidfd != socket) {
            pidfd.close();
        }
        parts.values().forEach(p -> { // descriptors that were taken meanwhile are closed twice, which does nothing
            p.pidfd.ifPresent(Fd::close);
            p.held.forEach(Fd::close);
            p.plan.ifPresent(Fd::close);
            for (Fd stream : p.streams) {
                if (stream != null) {
                    stream.close();
                }
            }
        });
    }
}
