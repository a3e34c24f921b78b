package dev.caisson.core.rootless;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.UserNamespace;
import dev.caisson.UserNamespace.Range;
import dev.caisson.core.guard.GuardBinary;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Namespaces;
import dev.caisson.linux.Processes;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.SyscallException;
import dev.caisson.linux.Worker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker of an ordinary user's engine, as a process: the guard's program in another role, root of a user namespace whose maps newuidmap(1) wrote, in a mount
 * namespace of its own. The engine's guard and all its containers begin in that user namespace.
 */
public final class WorkerProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    private static final int FD_CONTROL = 3;
    private static final int FD_JVM = 4;
    private static final int FD_USERNS = 6;
    private static final int FD_MNTNS = 7;
    private static final int FD_ROOT = 8;
    private static final int FD_CWD = 9;
    private static final int WEXITED = 4;
    private static final int WALL = 0x40000000;
    private static final int ANSWER_BYTES = 8;
    private static final int PR_GET_NO_NEW_PRIVS = 39;
    private static final long PATIENCE_SECONDS = 20;

    private final Worker worker;
    private final Place place;
    private final IdMaps ids;
    private Fd pidfd;

    private WorkerProcess(Fd socket, Fd pidfd, Place place, IdMaps ids) {
        this.worker = new Worker(socket, this::successor, new Worker.Users(ids.has(), ids.without(), ids.remedy()));
        this.pidfd = pidfd;
        this.place = place;
        this.ids = ids;
    }

    /** Where it is, for who takes its place: as long as these are open the namespaces are there, and with them all that the engine has descriptors of. */
    private record Place(Fd users, Fd mounts, Fd root, Fd workingDirectory) implements AutoCloseable {
        static Place of(int pid) {
            List<Fd> open = new ArrayList<>();
            try {
                open.add(Namespaces.open(pid, Namespaces.Kind.USER));
                open.add(Namespaces.open(pid, Namespaces.Kind.MNT));
                for (String link : List.of("root", "cwd")) {
                    open.add(FileCalls.open("/proc/" + pid + "/" + link, Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0));
                }
                return new Place(open.get(0), open.get(1), open.get(2), open.get(3));
            } catch (RuntimeException e) {
                open.forEach(Fd::close);
                throw e;
            }
        }

        @Override
        public void close() {
            List.of(users, mounts, root, workingDirectory).forEach(Fd::close);
        }
    }

    /** Whether the calling process needs one: it is neither root nor has root's power over mounts. */
    public static boolean needed() {
        return Processes.geteuid() != 0 && !Processes.effective(SYS_ADMIN);
    }

    private static final int SYS_ADMIN = 21;

    /**
     * Starts it.
     *
     * @throws UnsupportedOnThisHost if this user may not have a user namespace
     */
    public static WorkerProcess start() {
        long uid = Integer.toUnsignedLong(Processes.geteuid());
        long gid = Integer.toUnsignedLong(Processes.getegid());
        IdMaps ids = IdMaps.of(System.getProperty("user.name", ""), uid, gid);
        if (ids.subordinate()) {
            try {
                return start(ids);
            } catch (MapsRefused e) {
                LOG.warn("containers have no users but root: {}. Remedy: {}", e.getMessage(), e.remedy);
                ids = IdMaps.alone(uid, gid, String.valueOf(e.getMessage()), e.remedy);
            }
        }
        try {
            return start(ids);
        } catch (MapsRefused e) {
            throw new UnsupportedOnThisHost(Stage.VALIDATE, "an ordinary user's engine cannot have its user namespace: " + e.getMessage(), remedy(), e);
        }
    }

    private static String remedy() {
        return new NamespaceRemedy(Path.of("/proc/sys")).text(ProcessHandle.current().info().command().orElse("this java"));
    }

    /** The kernel or newuidmap(1) does not take the maps. */
    private static final class MapsRefused extends Exception {
        private static final long serialVersionUID = 1L;
        private final String remedy;

        MapsRefused(String message, String remedy) {
            super(message);
            this.remedy = remedy;
        }
    }

    private static WorkerProcess start(IdMaps ids) throws MapsRefused {
        Sockets.Pair pair = Sockets.socketpair(Sockets.SOCK_SEQPACKET);
        Fd pidfd = null;
        boolean started = false;
        try (Fd theirs = pair.second(); Fd program = GuardBinary.open(); Fd jvm = Processes.pidfdOpen(Processes.getpid())) {
            int pid = Processes.posixSpawn("/proc/self/fd/" + program.value(), List.of("caisson-guard", "work"), List.of(),
                    Map.of(FD_CONTROL, theirs, FD_JVM, jvm));
            pidfd = Processes.pidfdOpen(pid);
            theirs.close(); // now its death shows as end of file
            answer(pair.first(), "unshare(CLONE_NEWUSER)");
            map(pid, ids);
            Sockets.sendmsg(pair.first(), ByteBuffer.wrap(new byte[1]));
            answer(pair.first(), "unshare(CLONE_NEWNS)");
            WorkerProcess process = new WorkerProcess(pair.first(), pidfd, Place.of(pid), ids);
            started = true;
            return process;
        } catch (IOException e) {
            throw new EngineProblem(Stage.VALIDATE, "could not write the maps of a user namespace: " + e, remedy(), e);
        } finally {
            if (!started) {
                pair.first().close(); // ends it, if it lives
                if (pidfd != null) {
                    bury(pidfd);
                }
            }
        }
    }

    /** Starts one that takes its place. The descriptor is the caller's. */
    private Fd successor() {
        bury(pidfd);
        Sockets.Pair pair = Sockets.socketpair(Sockets.SOCK_SEQPACKET);
        boolean started = false;
        try (Fd theirs = pair.second(); Fd program = GuardBinary.open(); Fd jvm = Processes.pidfdOpen(Processes.getpid())) {
            int pid = Processes.posixSpawn("/proc/self/fd/" + program.value(), List.of("caisson-guard", "succeed"), List.of(), Map.of(FD_CONTROL, theirs, FD_JVM, jvm,
                    FD_USERNS, place.users(), FD_MNTNS, place.mounts(), FD_ROOT, place.root(), FD_CWD, place.workingDirectory()));
            pidfd = Processes.pidfdOpen(pid);
            theirs.close();
            answer(pair.first(), "setns");
            LOG.warn("the worker was killed; another has taken its place");
            started = true;
            return pair.first();
        } finally {
            if (!started) {
                pair.first().close();
            }
        }
    }

    private static void answer(Fd socket, String call) {
        ByteBuffer in = ByteBuffer.allocateDirect(ANSWER_BYTES).order(ByteOrder.nativeOrder());
        Sockets.Received received = Sockets.recvmsg(socket, in);
        long result = received.length() == ANSWER_BYTES ? in.getLong(0) : -Errno.EPIPE;
        if (result < 0) {
            throw new UnsupportedOnThisHost(Stage.VALIDATE, "an ordinary user's engine needs a user namespace: " + call + ": " + Errno.describe((int) -result),
                    remedy());
        }
    }

    private static void map(int pid, IdMaps ids) throws MapsRefused, IOException {
        UserNamespace.Mapped maps = ids.maps();
        if (ids.subordinate()) {
            helper("newuidmap", pid, maps.users());
            helper("newgidmap", pid, maps.groups());
            return;
        }
        Path process = Path.of("/proc/" + pid);
        try {
            Files.writeString(process.resolve("setgroups"), "deny"); // user_namespaces(7): else nobody unprivileged may map a group
            Files.writeString(process.resolve("uid_map"), line(maps.users().get(0)));
            Files.writeString(process.resolve("gid_map"), line(maps.groups().get(0)));
        } catch (IOException e) {
            throw new MapsRefused("writing the maps of /proc/" + pid + ": " + e.getMessage(), remedy());
        }
    }

    private static String line(Range range) {
        return range.inside() + " " + range.outside() + " " + range.size() + "\n";
    }

    /** The set-uid programs of the package uidmap, which know /etc/subuid. */
    private static void helper(String program, int pid, List<Range> ranges) throws MapsRefused {
        List<String> command = new ArrayList<>(List.of(program, Integer.toString(pid)));
        ranges.forEach(r -> command.addAll(List.of(Long.toString(r.inside()), Long.toString(r.outside()), Long.toString(r.size()))));
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readNBytes(4096), StandardCharsets.UTF_8).strip();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new MapsRefused(program + " did not end within " + PATIENCE_SECONDS + " s", IdsRemedy.refused(false));
            }
            if (process.exitValue() != 0) {
                throw new MapsRefused(program + " says: " + (said.isEmpty() ? "exit code " + process.exitValue() : said), IdsRemedy.refused(Processes.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1));
            }
        } catch (IOException e) {
            throw new MapsRefused(program + " cannot be run: " + e.getMessage(), IdsRemedy.INSTALL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MapsRefused("interrupted while " + program + " ran", "");
        }
    }

    /** Makes the calls of threads that are inside. */
    public Worker worker() {
        return worker;
    }

    /** Its user namespace, for the guard; stays this one's. */
    public Fd namespace() {
        return place.users();
    }

    /** Whom the ids of that are on the host. */
    public IdMaps ids() {
        return ids;
    }

    private static void bury(Fd pidfd) {
        if (!pidfd.isOpen()) {
            return; // done, by who could not start a successor
        }
        try (pidfd) {
            Processes.waitid(pidfd, WEXITED | WALL);
        } catch (SyscallException e) {
            if (!e.is(Errno.ESRCH, Errno.ECHILD)) {
                throw e;
            }
        }
    }

    @Override
    public void close() {
        worker.close(); // end of file ends it, and nobody takes its place any more
        place.close();
        bury(pidfd);
    }
}
