package dev.caisson.core.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.poll.Poller;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Pipes;
import dev.caisson.linux.Processes;
import dev.caisson.linux.Sockets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A guard counts as left behind with what it holds, and with nothing that it was only to hold. */
@Tag("host")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuardDetachedCountTest {
    private static final LaunchPlan NOTHING = new LaunchPlan.Builder().build();

    @TempDir
    Path directory;

    private static final class Ending implements LaunchListener {
        private final CompletableFuture<Void> gone = new CompletableFuture<>();

        @Override
        public void failed(GuardFailure failure) { }

        @Override
        public void exited(GuardExit exit) { }

        @Override
        public void gone(List<GuardFailure> failures) {
            gone.complete(null);
        }

        @Override
        public void left() {
            gone.complete(null);
        }

        @Override
        public void lost() {
            gone.complete(null);
        }
    }

    @Test
    void whatItDoesNotHoldIsNotCounted() {
        Pipes.Pipe out = GuardUnderTest.pipe();
        try (Poller poller = new Poller("guard-test"); Fd lock = Processes.memfdCreate("lock", 0); Fd root = HostTree.root(); Fd listener = Sockets.listen(directory.resolve("guard.sock"), 8);
                Fd spool = FileCalls.open(directory.resolve("spool"), Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_APPEND, 0600)) {
            Guard guard = Guard.start(poller, lock, List.of(), NOTHING, Optional.empty());
            try (guard) {
                guard.listenAt(listener);
                Ending ending = new Ending();
                int id = guard.launch(HostTree.tree().exec("/bin/sleep", "60"), List.of(root, out.write()), ending);
                Fd closed = spool.dup();
                closed.close();
                assertThrows(IllegalStateException.class, () -> guard.detach(id, out.read(), out.read(), closed, 1 << 20, List.of()));
                assertEquals(0, guard.detached(), "it could not even be asked");
                assertTrue(guard.detach(id, out.read(), out.read(), spool, 1 << 20, List.of()).join());
                assertEquals(1, guard.detached());
                assertFalse(guard.detach(id, out.read(), out.read(), spool, 1 << 20, List.of()).join(), "it does already");
                assertEquals(1, guard.detached());
                guard.forget(id).join();
                guard.signal(id, 9, Guard.Scope.TREE);
                ending.gone.join();
                assertFalse(guard.detach(id, out.read(), out.read(), spool, 1 << 20, List.of()).join(), "it has ended");
                assertEquals(0, guard.detached());
            }
            assertFalse(guard.left());
        }
        out.close();
    }
}
