package dev.caisson.core.guard;

import dev.caisson.ContainerException;
import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Processes;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.SyscallException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The guard as a process: spawned as a stub that clones the guard, into a PID namespace of its own unless it is one outside, and ends. The guard is a child of the JVM all the same
 * (CLONE_PARENT), so the JVM can wait for it; the JDK's own reaper waits only for pids it started.
 */
final class GuardProcess {
    private static final int WEXITED = 4;
    private static final int WALL = 0x40000000;

    private final Fd socket;
    private final Fd pidfd;
    private final int pid;

    private GuardProcess(Fd socket, Fd pidfd, int pid) {
        this.socket = socket;
        this.pidfd = pidfd;
        this.pid = pid;
    }

    /** One that another JVM had started. */
    static GuardProcess adopted(Fd socket, Fd pidfd) {
        return new GuardProcess(socket, pidfd, 0);
    }

    /** @param users the user namespace it begins in; empty for the JVM's own; @param outside in the JVM's PID namespace, of the JVM's own users */
    static GuardProcess start(Fd lock, Optional<Fd> users, boolean outside) {
        Sockets.Pair pair = Sockets.socketpair(Sockets.SOCK_SEQPACKET);
        boolean started = false;
        int stub = 0;
        try (Fd theirs = pair.second(); Fd program = GuardBinary.open(); Fd jvm = Processes.pidfdOpen(Processes.getpid())) {
            Map<Integer, Fd> given = new HashMap<>(Map.of(GuardProtocol.FD_CONTROL, theirs, GuardProtocol.FD_JVM, jvm, GuardProtocol.FD_LOCK, lock));
            users.ifPresent(namespace -> given.put(GuardProtocol.FD_USERNS, namespace));
            stub = Processes.posixSpawn("/proc/self/fd/" + program.value(), List.of("caisson-guard", users.isPresent() ? "enter" : outside ? "outside" : "serve"), List.of(), given);
            theirs.close(); // now the guard's death shows as end of file
            reap(stub);
            GuardProcess process = greet(pair.first(), users.isPresent());
            started = true;
            return process;
        } finally {
            if (!started) {
                pair.first().close();
                buryUnnamed(stub);
            }
        }
    }

    /** A guard whose stub was killed before it could say who it is: it is in the stub's process group, ends by itself, and is ours to wait for. */
    private static void buryUnnamed(int stub) {
        while (stub != 0) {
            try {
                Processes.waitidGroup(stub, WEXITED | WALL);
            } catch (SyscallException none) {
                return;
            }
        }
    }

    private static void reap(int stub) {
        try (Fd fd = Processes.pidfdOpen(stub)) {
            Processes.waitid(fd, WEXITED | WALL);
        } catch (SyscallException e) {
            if (!e.is(Errno.ESRCH, Errno.ECHILD)) {
                throw e;
            }
        }
    }

    /** One that was killed while it started is waited for. */
    private static void bury(Fd pidfd) {
        try (pidfd) {
            Processes.waitid(pidfd, WEXITED | WALL);
        } catch (SyscallException e) {
            if (!e.is(Errno.ESRCH, Errno.ECHILD)) {
                throw e;
            }
        }
    }

    /** What helps where it cannot begin. @param rootless in a user namespace */
    private static String remedy(boolean rootless, String call) {
        if (!rootless) {
            return "run Containers.check(); the engine needs root or CAP_SYS_ADMIN for PID and mount namespaces";
        }
        return call.startsWith("fsmount(") ? "nothing may cover a part of /proc and /sys, and /proc must be mounted without hidepid: else the kernel lets no user namespace "
                + "mount its own (in a container: docker run --security-opt systempaths=unconfined)" : "run Containers.check(); the engine needs a user namespace that allows "
                + "mounts, or root";
    }

    /** That the host has no namespaces for us is told apart from what went wrong by itself. */
    private static ContainerException failed(GuardFailure failure, boolean rootless) {
        String what = "the guard could not start: " + failure.path() + ": " + Errno.describe(failure.errno());
        boolean host = (failure.path().startsWith("clone3(") || failure.path().startsWith("setns("))
                && List.of(Errno.EPERM, Errno.ENOSYS, Errno.EINVAL, Errno.ENOSPC).contains(failure.errno());
        return host ? new UnsupportedOnThisHost(Stage.SPAWN, what, remedy(rootless, failure.path())) : new EngineProblem(Stage.SPAWN, what, remedy(rootless, failure.path()));
    }

    private static GuardProcess greet(Fd socket, boolean rootless) {
        ByteBuffer in = ByteBuffer.allocateDirect(GuardProtocol.MAX_MESSAGE).order(ByteOrder.LITTLE_ENDIAN);
        Fd pidfd = null;
        int pid = 0;
        try {
            while (true) {
                in.clear();
                Sockets.Received message = Sockets.recvmsg(socket, in);
                if (message.length() < GuardProtocol.HEADER_BYTES) {
                    throw new EngineProblem(Stage.SPAWN, "the guard ended before it was ready",
                            remedy(rootless, ""));
                }
                in.flip();
                int type = in.getShort();
                in.getShort();
                in.getInt();
                long a = in.getLong();
                if (type == GuardProtocol.MSG_GUARD) {
                    pid = (int) a;
                    pidfd = message.fds().get(0);
                } else if (type == GuardProtocol.MSG_FAILED) {
                    in.position(GuardProtocol.HEADER_BYTES);
                    GuardFailure failure = GuardFailure.read(in);
                    throw failed(failure, rootless);
                } else if (type == GuardProtocol.MSG_READY && pidfd != null) {
                    if (a != LaunchPlan.PROTOCOL_VERSION) {
                        throw new EngineProblem(Stage.SPAWN, "the guard speaks version " + a + " of the protocol, the engine "
                                + LaunchPlan.PROTOCOL_VERSION, "use one version of all Caisson jars");
                    }
                    return new GuardProcess(socket, pidfd, pid);
                }
            }
        } catch (RuntimeException e) {
            socket.close(); // ends it, if it lives
            if (pidfd != null) {
                bury(pidfd);
            }
            throw e;
        }
    }

    Fd socket() {
        return socket;
    }

    int pid() {
        return pid;
    }

    Optional<String> death() {
        try {
            return Processes.waitid(pidfd, WEXITED | WALL).map(s -> "code " + s.code() + ", status " + s.status());
        } catch (SyscallException e) {
            return Optional.empty();
        }
    }

    /** It lives on with what was detached. */
    void leave() {
        socket.close();
        pidfd.close();
    }

    /** End of file on its socket makes the guard kill and undo everything and exit. */
    void close() {
        socket.close();
        death();
        pidfd.close();
    }
}
