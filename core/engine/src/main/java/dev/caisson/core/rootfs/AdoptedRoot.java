package dev.caisson.core.rootfs;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.util.List;

/** The root of a container that has outlived the JVM that made it: it can be looked into while it runs, and is mounted nowhere else. */
public final class AdoptedRoot {
    private AdoptedRoot() {}

    /** @param pid of its first process; 0 if it has ended @param state the container's directory on disk */
    public static OpenRoot open(int pid, Fd state) {
        HeldMount root = new HeldMount(pid == 0 ? state.dup() : look(pid, state));
        return new OpenRoot(root, List.of(), List.of(), List.of(), () -> {
            throw new EngineProblem(Stage.SUPERVISE, "what a container has changed is not known once it was taken over from another JVM", "read its files with exec(…)");
        }, root::close);
    }

    private static Fd look(int pid, Fd state) {
        try {
            return FileCalls.open("/proc/" + pid + "/root", Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0);
        } catch (SyscallException endedMeanwhile) {
            return state.dup();
        }
    }
}
