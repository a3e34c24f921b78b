package dev.caisson.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * posix_spawn(3): the one way to a new process that is safe in a JVM, since the child runs no code of ours between clone
 * and exec. It is also cheap: glibc clones with CLONE_VM, so the heap's page tables are not copied.
 */
final class Spawn {
    private static final short POSIX_SPAWN_SETSIGDEF = 0x04;
    private static final short POSIX_SPAWN_SETSIGMASK = 0x08;
    /** Larger than posix_spawnattr_t (336) and posix_spawn_file_actions_t (80) of glibc and musl. */
    private static final int OPAQUE = 512;
    private static final int SIGSET = 128;

    static {
        Native.register(Spawn.class, NativeLibrary.getProcess());
    }

    private Spawn() {}

    private static native int posix_spawn(long pid, long path, long actions, long attributes, long argv, long envp);

    private static native int posix_spawn_file_actions_init(long actions);

    private static native int posix_spawn_file_actions_adddup2(long actions, int fd, int target);

    private static native int posix_spawn_file_actions_destroy(long actions);

    private static native int posix_spawnattr_init(long attributes);

    private static native int posix_spawnattr_setflags(long attributes, short flags);

    private static native int posix_spawnattr_setsigmask(long attributes, long set);

    private static native int posix_spawnattr_setsigdefault(long attributes, long set);

    private static native int posix_spawnattr_destroy(long attributes);

    static int spawn(String path, List<String> argv, List<String> env, Map<Integer, Fd> descriptors) {
        List<Fd> moved = new ArrayList<>(0);
        try {
            return spawn(path, argv, env, descriptors, moved);
        } finally {
            moved.forEach(Fd::close);
        }
    }

    private static int spawn(
            String path, List<String> argv, List<String> env, Map<Integer, Fd> descriptors, List<Fd> moved) {
        int[][] dups = dups(descriptors, moved);
        Arena arena = Arena.begin();
        long actions = arena.base + arena.alloc(OPAQUE);
        long attributes = arena.base + arena.alloc(OPAQUE);
        long none = arena.base + arena.alloc(SIGSET);
        int all = arena.alloc(SIGSET);
        for (int i = 0; i < SIGSET; i += 8) {
            arena.memory.putLong(all + i, -1L);
        }
        int pid = arena.alloc(8);
        long arguments = strings(arena, argv);
        long environment = strings(arena, env);
        long program = arena.string(path);
        check(posix_spawn_file_actions_init(actions), path);
        check(posix_spawnattr_init(attributes), path);
        try {
            for (int[] dup : dups) {
                check(posix_spawn_file_actions_adddup2(actions, dup[0], dup[1]), path);
            }
            // All set bits, not sigfillset(3), which leaves out 32 and 33: glibc would hand them on as ignored.
            check(posix_spawnattr_setsigdefault(attributes, arena.base + all), path);
            check(posix_spawnattr_setsigmask(attributes, none), path);
            check(posix_spawnattr_setflags(attributes, (short) (POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)), path);
            check(posix_spawn(arena.base + pid, program, actions, attributes, arguments, environment), path);
            return arena.memory.getInt(pid);
        } finally {
            posix_spawn_file_actions_destroy(actions);
            posix_spawnattr_destroy(attributes);
        }
    }

    /** Pairs of {ours, number in the child}; a source whose number is also a target is moved away first. */
    private static int[][] dups(Map<Integer, Fd> descriptors, List<Fd> moved) {
        int[][] dups = new int[descriptors.size()][];
        int i = 0;
        for (Map.Entry<Integer, Fd> entry : descriptors.entrySet()) {
            int source = entry.getValue().value();
            // Equal numbers are fine: glibc (2.29 on) and musl then only clear close-on-exec.
            if (source != entry.getKey() && descriptors.containsKey(source)) {
                source = above(descriptors, entry.getValue(), moved);
            }
            dups[i++] = new int[] {source, entry.getKey()};
        }
        return dups;
    }

    private static int above(Map<Integer, Fd> descriptors, Fd source, List<Fd> moved) {
        Fd copy = source.dup();
        moved.add(copy);
        while (descriptors.containsKey(copy.value())) {
            copy = source.dup();
            moved.add(copy);
        }
        return copy.value();
    }

    private static long strings(Arena arena, List<String> values) {
        int array = arena.alloc((values.size() + 1) * 8);
        for (int i = 0; i < values.size(); i++) {
            arena.memory.putLong(array + i * 8, arena.string(values.get(i)));
        }
        return arena.base + array;
    }

    private static void check(int errno, String path) {
        if (errno != 0) {
            throw new SyscallException("posix_spawn", path, errno);
        }
    }
}
