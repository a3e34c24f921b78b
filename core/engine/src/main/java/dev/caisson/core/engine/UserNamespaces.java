package dev.caisson.core.engine;

import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.UserNamespace;
import dev.caisson.UserNamespace.Range;
import dev.caisson.core.guard.Guard;
import dev.caisson.core.guard.GuardExit;
import dev.caisson.core.guard.GuardFailure;
import dev.caisson.core.guard.LaunchListener;
import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.plan.PlanCompiler;
import dev.caisson.core.rootfs.DetachedMounts;
import dev.caisson.core.rootfs.SeenBy;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Processes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whom a container's users are on the host. Ranges of {@code auto()} are claimed in the root directory, so that no two containers of it share one; they lie
 * above those that systemd and shadow give away (systemd's UIDS-GIDS.md), and below what fits no signed number.
 */
final class UserNamespaces {
    private static final long CLONE_NEWUSER = 0x10000000L;
    private static final long FIRST = 0x7000_0000L;
    private static final long SIZE = 0x1_0000;
    private static final int RANGES = 0x7fff;
    private static final int KILL = 9;

    private UserNamespaces() {}

    /**
     * The user namespace of a container, through which its layers are seen; null where it has the host's.
     *
     * @param undo gets what gives it back
     */
    static @Nullable SeenBy open(LocalEngine engine, UserNamespace wanted, String id, UndoStack undo) {
        if (wanted instanceof UserNamespace.Host) {
            return null;
        }
        UserNamespace.Mapped maps = choose(wanted, id, engine.home(), undo);
        return new SeenBy(undo.closing("user namespace", make(engine.guard(), maps)), maps);
    }

    /** Whether a user or group of the host is one whom auto() gives to a container, be it this one or another. */
    static boolean automatic(long id) {
        return id >= FIRST && id < FIRST + RANGES * SIZE;
    }

    /** The host's devices, by the plan's names: none can be made in a user namespace. */
    static void devices(Map<String, Fd> received) {
        for (String device : PlanCompiler.hostDevices()) {
            try (Fd node = FileCalls.open(Path.of("/dev", device), Fcntl.O_PATH, 0)) {
                received.put("device " + device, DetachedMounts.bind(node, false, false));
            }
        }
    }

    /**
     * The maps of a container.
     *
     * @param undo gets what gives a claimed range back
     */
    private static UserNamespace.Mapped choose(UserNamespace wanted, String id, EngineHome home, UndoStack undo) {
        if (wanted instanceof UserNamespace.Mapped mapped) {
            return mapped;
        }
        int first = Integer.parseInt(id.substring(0, 7), 16);
        for (int i = 0; i < RANGES; i++) {
            int range = (first + i) % RANGES;
            if (home.claimUsers(range, id)) {
                undo.push("user range", () -> home.unclaimUsers(range));
                List<Range> users = List.of(new Range(0, FIRST + range * SIZE, SIZE));
                return wanted instanceof UserNamespace.KeepId keep ? KeptUser.maps(keep, users) : new UserNamespace.Mapped(users, users);
            }
        }
        throw new EngineProblem(Stage.ROOTFS, "all " + RANGES + " user ranges of " + home.root() + " are taken", "remove containers, or give maps of your own");
    }

    /** A user namespace with these maps that nobody is in: layers are seen through it. The descriptor is the caller's. */
    private static Fd make(Guard guard, UserNamespace.Mapped maps) {
        CompletableFuture<Fd> started = new CompletableFuture<>();
        LaunchPlan plan = new LaunchPlan.Builder().flags(LaunchPlan.WANT_PIDFD).cloneFlags(CLONE_NEWUSER)
                .add(LaunchPlan.Phase.CHILD, Op.of(OpCode.WAIT_GO))
                .add(LaunchPlan.Phase.CHILD, Op.of(OpCode.EXEC).s(Op.strings(List.of("/nothing"))).t(Op.strings(List.of("nothing")))).build();
        int launch = guard.launch(plan, List.of(), new Holder(started));
        try (Fd pidfd = Waiting.await(started, "a user namespace", () -> { })) {
            int pid = Processes.pidOf(pidfd);
            enter(pid, maps);
            return FileCalls.open(Path.of("/proc/" + pid + "/ns/user"), Fcntl.O_RDONLY, 0);
        } finally {
            guard.signal(launch, KILL, Guard.Scope.TREE);
        }
    }

    /** Writes the maps of the namespace a process is in (user_namespaces(7): one write each). */
    static void enter(int pid, UserNamespace.Mapped maps) {
        write(Path.of("/proc/" + pid + "/uid_map"), maps.users());
        write(Path.of("/proc/" + pid + "/gid_map"), maps.groups());
    }

    /** The same for one below the worker's: its ids are the worker's own. The worker must write, whose namespace is the parent. */
    private static void enterAlike(int pid, UserNamespace.Mapped maps) {
        write(Path.of("/proc/" + pid + "/uid_map"), alike(maps.users()));
        write(Path.of("/proc/" + pid + "/gid_map"), alike(maps.groups()));
    }

    /** The same for one whose ids are the worker's in another order. The worker must write. */
    static void enterBelow(int pid, UserNamespace.Mapped maps, Powers powers) {
        powers.with(() -> {
            if (maps.equals(powers.maps())) {
                enterAlike(pid, maps);
            } else {
                enter(pid, maps);
            }
        });
    }

    private static List<Range> alike(List<Range> ranges) {
        return ranges.stream().map(r -> new Range(r.inside(), r.inside(), r.size())).toList(); // no extent may span two of the parent's
    }

    private static void write(Path file, List<Range> ranges) {
        String lines = ranges.stream().map(r -> r.inside() + " " + r.outside() + " " + r.size() + "\n").collect(Collectors.joining());
        try (Fd map = FileCalls.open(file, Fcntl.O_WRONLY, 0)) {
            FileCalls.writeAll(map, ByteBuffer.wrap(lines.getBytes(StandardCharsets.US_ASCII)));
        }
    }

    private record Holder(CompletableFuture<Fd> pidfd) implements LaunchListener {
        @Override
        public void started(Fd fd) {
            if (!pidfd.complete(fd)) {
                fd.close();
            }
        }

        @Override
        public void failed(GuardFailure failure) {
            pidfd.completeExceptionally(new EngineProblem(Stage.ROOTFS, "could not make a user namespace: " + failure.path() + ": "
                    + dev.caisson.linux.Errno.describe(failure.errno()), "sysctl -w user.max_user_namespaces=15000; Containers.check() says more"));
        }

        @Override
        public void exited(GuardExit exit) {
            pidfd.completeExceptionally(new EngineProblem(Stage.ROOTFS, "a user namespace was gone before it was used", "try again"));
        }

        @Override
        public void gone(List<GuardFailure> failures) {
            // nothing was to be undone
        }

        @Override
        public void lost() {
            pidfd.completeExceptionally(new EngineProblem(Stage.ROOTFS, "the engine's guard process died while a user namespace was made", "try again"));
        }
    }
}
