package dev.caisson.core.engine;

import dev.caisson.OciSettings.Hook;
import dev.caisson.core.guard.GuardBinary;
import dev.caisson.core.poll.Poller;
import dev.caisson.core.poll.Timers;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Processes;
import dev.caisson.linux.SyscallException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * A program of the host's: by the guard's program, which gives it nothing of the JVM's (JDK 17 opens nearly every descriptor without close-on-exec), {@code /} as its
 * directory, and its death when the JVM dies.
 */
final class HostProgram {
    private static final int WALL = 0x40000000;
    private static final int KILL = 9;
    /** The first number after the standard streams. */
    private static final int FIRST = 3;
    private static final int SHOWN = 1024;
    private static final Duration PAUSE = Duration.ofMillis(100);

    private HostProgram() {}

    /** @param inVain whether it was killed because what it was run for had ended @param output the end of what it printed */
    record Ended(int code, int signal, boolean timedOut, boolean inVain, String output) {
        boolean well() {
            return code == 0 && signal == 0 && !timedOut && !inVain;
        }

        String how() {
            return inVain ? "its container ended meanwhile" : timedOut ? "it still ran after its timeout" : signal != 0 ? "it was killed by signal " + signal : "exit status " + code;
        }
    }

    /** Runs it to its end. @param namespaces it is put into @param vain whether it is run in vain by now, and to be killed */
    static Ended run(Poller poller, Hook hook, byte[] input, List<Fd> namespaces, BooleanSupplier vain) {
        try (Fd program = GuardBinary.open(); Fd in = file(input); Fd out = Processes.memfdCreate("output", 0)) {
            Map<Integer, Fd> given = new HashMap<>(Map.of(0, in, 1, out, 2, out));
            for (int i = 0; i < namespaces.size(); i++) {
                given.put(FIRST + i, namespaces.get(i));
            }
            List<String> argv = new ArrayList<>(List.of("caisson-guard", "hook", Integer.toString(namespaces.size()), hook.path()));
            argv.addAll(hook.argv());
            int pid = Processes.posixSpawn("/proc/self/fd/" + program.value(), argv, hook.env(), given);
            AtomicBoolean timedOut = new AtomicBoolean();
            AtomicBoolean inVain = new AtomicBoolean();
            Processes.ChildStatus status;
            try (Watch watch = new Watch(poller, pid, vain, inVain)) {
                status = await(poller, hook.timeout(), pid, timedOut);
            }
            boolean exited = status.code() == Processes.CLD_EXITED;
            return new Ended(exited ? status.status() : 0, exited ? 0 : status.status(), timedOut.get(), inVain.get(), tail(out));
        }
    }

    /** Looks now and then. */
    private static final class Watch implements AutoCloseable {
        private final Poller poller;
        private final int pid;
        private final BooleanSupplier vain;
        private final AtomicBoolean said;
        private Timers.@org.jspecify.annotations.Nullable Timer timer;
        private boolean over;

        Watch(Poller poller, int pid, BooleanSupplier vain, AtomicBoolean said) {
            this.poller = poller;
            this.pid = pid;
            this.vain = vain;
            this.said = said;
            look();
        }

        /** Under the lock: the number is the program's as long as it was not waited for. */
        private synchronized void look() {
            if (over) {
                return;
            }
            if (vain.getAsBoolean()) {
                said.set(true);
                kill(pid);
            } else {
                timer = poller.schedule(PAUSE, this::look);
            }
        }

        @Override
        public synchronized void close() {
            over = true;
            if (timer != null) {
                timer.cancel();
            }
        }
    }

    private static Processes.ChildStatus await(Poller poller, @org.jspecify.annotations.Nullable Duration timeout, int pid, AtomicBoolean timedOut) {
        try (Fd pidfd = Processes.pidfdOpen(pid)) { // it is ours to wait for, so nobody else has its number
            Timers.Timer timer = timeout == null ? null : poller.schedule(timeout, () -> {
                timedOut.set(true);
                kill(pid);
            });
            try {
                while (true) {
                    try {
                        return Processes.waitid(pidfd, Processes.WEXITED | WALL).orElseThrow();
                    } catch (SyscallException e) {
                        if (!e.is(Errno.EINTR)) {
                            throw e;
                        }
                    }
                }
            } finally {
                if (timer != null) {
                    timer.cancel();
                }
            }
        }
    }

    /** What it started goes with it, as far as it stayed in its group. */
    private static void kill(int pid) {
        try {
            Processes.kill(-pid, KILL);
        } catch (SyscallException e) {
            // it has not got that far, or has just ended
        }
        try {
            Processes.kill(pid, KILL);
        } catch (SyscallException e) {
            // the same
        }
    }

    /** In memory, to be read from its start. */
    static Fd file(byte[] content) {
        Fd file = Processes.memfdCreate("input", 0);
        try {
            FileCalls.writeAll(file, ByteBuffer.wrap(content));
            FileCalls.lseek(file, 0, Fcntl.SEEK_SET);
            return file;
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static String tail(Fd out) {
        long size = FileCalls.fstat(out).size();
        ByteBuffer end = ByteBuffer.allocateDirect((int) Math.min(size, SHOWN));
        int read = end.capacity() == 0 ? 0 : FileCalls.pread(out, end, size - end.capacity());
        byte[] bytes = new byte[read];
        end.flip().get(bytes);
        return new String(bytes, StandardCharsets.UTF_8).strip();
    }
}
