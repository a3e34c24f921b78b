package dev.caisson.host.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Container.State;
import dev.caisson.ContainerException;
import dev.caisson.Signal;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Operations in random order: what the handle says, what a model says and what the kernel says are one. Fault F20 in so far as operations meet. */
class OperationsModelTest extends EngineTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private enum Op { START, STOP, KILL, PAUSE, RESUME, RESTART, RENAME, UPDATE, EXEC, USAGE }

    /** What an operation makes of a state; null for a refusal. */
    private static State after(State before, Op op) {
        boolean lives = before == State.RUNNING || before == State.PAUSED;
        return switch (op) {
            case START -> lives ? before : State.RUNNING;
            case STOP, KILL -> lives ? State.EXITED : before;
            case PAUSE -> lives ? State.PAUSED : null;
            case RESUME -> lives ? State.RUNNING : null;
            case RESTART -> State.RUNNING;
            case RENAME, UPDATE, USAGE -> before;
            case EXEC -> before == State.RUNNING ? before : lives ? before : null;
        };
    }

    private void act(Container container, Op op, int number) {
        switch (op) {
            case START -> container.start();
            case STOP -> container.stop();
            case KILL -> {
                container.kill(Signal.KILL);
                if (container.state() != State.CREATED) {
                    container.waitForExit(SOON);
                }
            }
            case PAUSE -> container.pause();
            case RESUME -> container.resume();
            case RESTART -> container.restart();
            case RENAME -> container.rename("name-" + number);
            case UPDATE -> container.update(u -> u.pids(20 + number % 50));
            case EXEC -> {
                if (container.state() != State.PAUSED) { // it would wait for the thaw
                    container.exec(observer("true")).timeout(SOON).run();
                }
            }
            default -> container.usage();
        }
    }

    /** The kernel's word: alive or not, frozen or not. */
    private static State kernel(Container container, int lastPid) throws IOException {
        int pid = container.pid();
        if (pid == 0) {
            assertTrue(lastPid == 0 || !Files.exists(Path.of("/proc/" + lastPid + "/ns/pid")) || !Files.readString(Path.of("/proc/" + lastPid + "/cgroup")).contains(container.id()),
                    "the process lives on");
            return State.EXITED;
        }
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/cgroup"))) {
            String[] fields = line.split(":", 3);
            for (String file : new String[] {"/sys/fs/cgroup/unified" + fields[2] + "/cgroup.events", "/sys/fs/cgroup" + fields[2] + "/cgroup.events"}) {
                if (line.startsWith("0::") && Files.exists(Path.of(file))) {
                    return Files.readString(Path.of(file)).contains("frozen 1") ? State.PAUSED : State.RUNNING;
                }
            }
        }
        return container.state(); // no cgroup2 here to ask
    }

    /** What was the last operation to be done may be seen by the kernel a moment before it is by the container. */
    private static boolean agree(Container container) {
        try {
            return container.state() == kernel(container, 0);
        } catch (IOException ended) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aModelKnowsWhatComes(long seed) throws IOException {
        Random random = new Random(seed);
        List<String> history = new ArrayList<>();
        Container container = tiny().memory("64m").stopTimeout(Duration.ofMillis(200)).command(observer("sleep", "60")).create();
        State model = State.CREATED;
        int pid = 0;
        for (int i = 0; i < 30; i++) {
            Op op = Op.values()[random.nextInt(Op.values().length)];
            history.add(op.name());
            int number = (int) seed * 1000 + i;
            State next = after(model, op);
            if (next == null) {
                assertThrows(ContainerException.class, () -> act(container, op, number), history::toString);
            } else {
                act(container, op, number);
                model = next;
            }
            assertEquals(model, container.state(), history::toString);
            assertEquals(model == State.CREATED ? State.EXITED : model, kernel(container, pid), history::toString);
            pid = container.pid() == 0 ? pid : container.pid();
        }
        container.remove();
        assertEquals(State.REMOVED, container.state());
        assertTrue(engine.containers().isEmpty());
    }

    /** A thousand operations at once on three containers: each succeeds or is refused in words, and in the end all agree. */
    @Test
    void manyAtOnceComeToOneState() throws Exception {
        List<Container> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            all.add(tiny().memory("64m").stopTimeout(Duration.ofMillis(50)).command(observer("sleep", "60")).run());
        }
        Queue<Throwable> wrong = new ConcurrentLinkedQueue<>();
        CyclicBarrier together = new CyclicBarrier(8);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            Random random = new Random(t);
            int base = t * 1000;
            Thread thread = new Thread(() -> {
                try {
                    together.await();
                    for (int i = 0; i < 125; i++) {
                        Op op = Op.values()[random.nextInt(Op.values().length)];
                        try {
                            act(all.get(random.nextInt(all.size())), op, base + i);
                        } catch (ContainerException e) {
                            // refused: it was in another state by then
                        }
                    }
                } catch (Throwable e) {
                    wrong.add(e);
                }
            }, "operations-" + t);
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertTrue(wrong.isEmpty(), () -> String.valueOf(wrong.peek()));
        for (Container container : all) {
            eventually("the last of them is done, and all agree: " + container, SOON, () -> agree(container));
            container.remove();
        }
        assertTrue(engine.containers().isEmpty());
    }

    /** Two who pause and thaw at once: the last one's word is the kernel's state and the container's own. */
    @Test
    void whoPausesAndWhoThawsAgree() throws Exception {
        try (Container container = tiny().command(observer("sleep", "60")).run()) {
            for (int i = 0; i < 200; i++) {
                CyclicBarrier together = new CyclicBarrier(2);
                Thread other = new Thread(() -> {
                    try {
                        together.await();
                        container.pause();
                    } catch (Exception e) {
                        // refused: it was paused by then
                    }
                }, "pauses");
                other.start();
                together.await();
                try {
                    container.resume();
                } catch (ContainerException e) {
                    // refused: it was not paused yet
                }
                other.join();
                assertEquals(kernel(container, 0), container.state(), "round " + i);
            }
        }
    }

    @Test
    void killedWhilePaused() {
        try (Container container = tiny().command(observer("sleep", "60")).run()) {
            container.pause();
            container.kill(Signal.KILL);
            assertEquals(137, container.waitForExit(SOON).exitCode());
            assertEquals(State.EXITED, container.state());
        }
    }
}
