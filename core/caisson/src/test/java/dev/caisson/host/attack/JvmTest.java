package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.caisson.Container;
import dev.caisson.Execution;
import dev.caisson.host.EngineTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What an engine inside a JVM has to fear and a daemon has not. Rows 23 and 24. */
class JvmTest extends EngineTest {
    /** Row 23, fault F27: a parent-death signal would come when the thread that started the container ends. */
    @Test
    void aContainerOutlivesTheThreadThatStartedIt() throws Exception {
        outlives(task -> {
            Thread thread = new Thread(task);
            thread.start();
            join(thread);
        });
        outlives(task -> {
            ForkJoinPool pool = new ForkJoinPool(1);
            pool.submit(task).join();
            pool.shutdownNow();
            eventually("the worker ends", java.time.Duration.ofSeconds(30), pool::isTerminated);
        });
    }

    private void outlives(Consumer<Runnable> runner) {
        AtomicReference<Container> started = new AtomicReference<>();
        runner.accept(() -> started.set(tiny().command("/bin/sleep", "60").run()));
        try (Container container = started.get()) {
            pause(300);
            assertEquals(Container.State.RUNNING, container.state());
            assertEquals(0, container.exec("/bin/true").run().exitCode());
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Row 24: an agent is loaded into a JVM by a file of a known name in /tmp and a SIGQUIT. A container may be given the first, it cannot send the second. */
    @Test
    void aContainerWithTheHostsTmpCannotAttachToTheJvm() throws Exception {
        root.withShell();
        long jvm = ProcessHandle.current().pid();
        Path asked = Path.of("/tmp/.attach_pid" + jvm);
        try {
            Execution attack = tiny().bind(Path.of("/tmp"), "/tmp").command("/bin/sh", "-c", "touch " + asked + "; kill -QUIT " + jvm).execute();
            assertEquals(1, attack.exitCode(), attack::stdout);
            assertEquals(true, Files.exists(asked), "the control: the directory is the host's");
            pause(300);
            assertFalse(Files.exists(Path.of("/tmp/.java_pid" + jvm)));
        } finally {
            Files.deleteIfExists(asked);
        }
    }
}
