package dev.caisson.core.guard;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Processes;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.SyscallException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The guard's program as the parent of one that runs without namespaces ({@code confine.c}). It ends with it, and kills whatever it has left; so it does when the JVM
 * is gone.
 */
public final class ConfinedProcess {
    private static final int WEXITED = 4;
    private static final int WALL = 0x40000000;

    private final Fd control;
    private final Fd pidfd;

    private ConfinedProcess(Fd control, Fd pidfd) {
        this.control = control;
        this.pidfd = pidfd;
    }

    /**
     * How it went.
     *
     * @param exit of the program; null if it did not start
     * @param failure why it did not
     * @param leftover whether something of it could not be killed
     */
    public record End(@Nullable GuardExit exit, Optional<GuardFailure> failure, boolean leftover) {}

    /**
     * Starts it. The descriptors stay the caller's.
     *
     * @param streams standard input, output and error
     * @param ruleset Landlock's
     */
    public static ConfinedProcess start(LaunchPlan plan, List<Fd> streams, Fd ruleset) {
        Sockets.Pair pair = Sockets.socketpair(Sockets.SOCK_SEQPACKET);
        try (Fd theirs = pair.second(); Fd program = GuardBinary.open(); Fd jvm = Processes.pidfdOpen(Processes.getpid()); Fd sealed = Outgoing.sealed(plan)) {
            int pid = Processes.posixSpawn("/proc/self/fd/" + program.value(), List.of("caisson-guard", "confine"), List.of(), Map.of(0, streams.get(0), 1, streams.get(1),
                    2, streams.get(2), GuardProtocol.FD_CONTROL, theirs, GuardProtocol.FD_JVM, jvm, GuardProtocol.FD_RULESET, ruleset,
                    GuardProtocol.FD_PLAN, sealed));
            return new ConfinedProcess(pair.first(), Processes.pidfdOpen(pid));
        } catch (RuntimeException e) {
            pair.first().close();
            throw e;
        }
    }

    /** Kills everything of it; {@link #end} says when. */
    public void kill() {
        try {
            Sockets.sendmsg(control, ByteBuffer.allocateDirect(1));
        } catch (SyscallException e) {
            if (!e.is(Errno.EPIPE, Errno.ECONNRESET)) { // it has ended meanwhile
                throw e;
            }
        }
    }

    /** Waits for the end of it and of all it has started, and gives everything back. To be called once. */
    public End end() {
        ByteBuffer in = ByteBuffer.allocateDirect(GuardProtocol.MAX_MESSAGE).order(ByteOrder.LITTLE_ENDIAN);
        try {
            Sockets.Received message = receive(in);
            if (message.length() < GuardProtocol.HEADER_BYTES) {
                throw new EngineProblem(Stage.SUPERVISE, "the process that confines it was killed; how the program ended is not known", "look for who kills processes of this user");
            }
            in.position(0).limit(message.length());
            int type = in.getShort(0);
            boolean leftover = in.getLong(8) != 0;
            in.position(GuardProtocol.HEADER_BYTES);
            return type == GuardProtocol.MSG_FAILED ? new End(null, Optional.of(GuardFailure.read(in)), leftover) : new End(GuardExit.read(in), Optional.empty(), leftover);
        } finally {
            control.close();
            bury();
        }
    }

    /** If it ended before it read that it should, the kernel says so once, and then gives what it had said. */
    private Sockets.Received receive(ByteBuffer in) {
        try {
            return Sockets.recvmsg(control, in);
        } catch (SyscallException e) {
            if (!e.is(Errno.ECONNRESET)) {
                throw e;
            }
            in.clear();
            return Sockets.recvmsg(control, in);
        }
    }

    private void bury() {
        try (pidfd) {
            Processes.waitid(pidfd, WEXITED | WALL);
        } catch (SyscallException e) {
            if (!e.is(Errno.ESRCH, Errno.ECHILD)) {
                throw e;
            }
        }
    }
}
