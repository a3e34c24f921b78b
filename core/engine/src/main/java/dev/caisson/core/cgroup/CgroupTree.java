package dev.caisson.core.cgroup;

import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.Processes;
import dev.caisson.linux.SyscallException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** Kills and removes whole subtrees. */
final class CgroupTree {
    private static final long PATIENCE_NANOS = 2_000_000_000L;
    private static final long PAUSE_NANOS = 2_000_000L;
    static final int SIGKILL = 9;

    private CgroupTree() {}

    /** Kills every process in a cgroup and below it, and waits up to 2 s until it is empty; false if it is not empty then. */
    static boolean kill(CgroupDir dir) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!killOnce(dir)) {
            if (System.nanoTime() > end) {
                return false;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return true;
    }

    private static boolean killOnce(CgroupDir dir) {
        if (dir.exists("cgroup.kill")) {
            dir.write("cgroup.kill", "1");
            return dir.read("cgroup.events").contains("populated 0");
        }
        // Frozen, a fork bomb cannot outrun the signals; thawed, they are delivered.
        boolean freezer = dir.exists("freezer.state");
        if (freezer) {
            dir.write("freezer.state", "FROZEN");
        }
        boolean empty;
        try {
            empty = signalAll(dir, SIGKILL, 0);
        } finally {
            if (freezer) {
                thaw(dir);
            }
        }
        return empty;
    }

    private static void thaw(CgroupDir dir) {
        dir.write("freezer.state", "THAWED");
        below(dir, CgroupTree::thaw);
    }

    /** Sends a signal to every process in a cgroup and below it but one; true if there is none. */
    static boolean signalAll(CgroupDir dir, int signal, int but) {
        boolean[] empty = {true};
        below(dir, child -> empty[0] &= signalAll(child, signal, but));
        Map<Integer, Fd> opened = new HashMap<>();
        try {
            for (int pid : pids(dir)) {
                empty[0] = false;
                open(pid, opened);
            }
            // Listed again with its descriptor open, a number cannot have passed to a process outside in the meantime.
            opened.keySet().retainAll(pidsKeeping(dir, opened));
            opened.forEach((pid, fd) -> {
                if (pid != but) {
                    signal(fd, signal);
                }
            });
        } finally {
            opened.values().forEach(Fd::close);
        }
        return empty[0];
    }

    private static Set<Integer> pidsKeeping(CgroupDir dir, Map<Integer, Fd> opened) {
        Set<Integer> still = pids(dir);
        opened.forEach((pid, fd) -> {
            if (!still.contains(pid)) {
                fd.close();
            }
        });
        return still;
    }

    /** Pid 0 stands for a process that this PID namespace cannot see. */
    private static Set<Integer> pids(CgroupDir dir) {
        Set<Integer> pids = new LinkedHashSet<>();
        dir.readIfPresent("cgroup.procs").ifPresent(text -> text.lines().filter(l -> !l.isBlank()).map(Integer::valueOf).forEach(pids::add));
        return pids;
    }

    private static void open(int pid, Map<Integer, Fd> opened) {
        if (pid <= 1 || pid == Processes.getpid()) {
            return;
        }
        try {
            opened.put(pid, Processes.pidfdOpen(pid));
        } catch (SyscallException e) {
            if (!e.is(Errno.ESRCH)) {
                throw e;
            }
        }
    }

    private static void signal(Fd pidfd, int signal) {
        try {
            Processes.pidfdSendSignal(pidfd, signal);
        } catch (SyscallException e) {
            if (!e.is(Errno.ESRCH)) {
                throw e;
            }
        }
    }

    private interface Visit {
        void at(CgroupDir dir);
    }

    private static void below(CgroupDir dir, Visit visit) {
        for (String name : dir.children()) {
            try (CgroupDir child = dir.open(name)) {
                visit.at(child);
            } catch (SyscallException e) {
                if (!e.is(Errno.ENOENT, Errno.ENODEV)) {
                    throw e;
                }
            }
        }
    }

    /**
     * Removes a cgroup and all below it. A killed process leaves its cgroup a moment after its parent has seen it end, so EBUSY is tried again.
     *
     * @throws SyscallException EBUSY if it is still populated after 2 s
     */
    static void remove(CgroupDir parent, String name) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            try {
                removeOnce(parent, name);
                return;
            } catch (SyscallException e) {
                if (!e.is(Errno.EBUSY, Errno.ENOTEMPTY) || System.nanoTime() > end) {
                    throw e;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private static void removeOnce(CgroupDir parent, String name) {
        try (CgroupDir dir = parent.open(name)) {
            for (String child : dir.children()) {
                removeOnce(dir, child);
            }
        } catch (SyscallException e) {
            if (e.is(Errno.ENOENT, Errno.ENODEV)) {
                return;
            }
            throw e;
        }
        parent.remove(name);
    }

    /** Unless somebody uses it. */
    static void removeEmpty(CgroupDir parent, String name) {
        try {
            parent.remove(name);
        } catch (SyscallException e) {
            if (!e.is(Errno.EBUSY, Errno.ENOTEMPTY)) {
                throw e;
            }
        }
    }
}
