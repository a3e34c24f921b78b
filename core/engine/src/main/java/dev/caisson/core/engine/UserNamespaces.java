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
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Processes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** User namespaces as the guard makes them and as the worker of an ordinary user's engine writes their maps. */
final class UserNamespaces {
    private static final long CLONE_NEWUSER = 0x10000000L;
    private static final int KILL = 9;

    private UserNamespaces() {}

    /** The host's devices, by the plan's names: none can be made in a user namespace. */
    static void devices(Received received) {
        for (String device : PlanCompiler.hostDevices()) {
            try (Fd node = FileCalls.open(Path.of("/dev", device), Fcntl.O_PATH, 0)) {
                received.put("device " + device, DetachedMounts.bind(node, false, false));
            }
        }
    }

    /** A user namespace with these maps that nobody is in: layers are seen through it. The descriptor is the caller's. */
    static Fd make(Guard guard, UserNamespace.Mapped maps) {
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
    private static void enter(int pid, UserNamespace.Mapped maps) {
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
