package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.crash.ScenarioProcess;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** An engine is closed by its user, by several of them at once, or by the end of its JVM. */
class CloseOnceTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Test
    void whoComesSecondWaitsUntilAllIsDone() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger ends = new AtomicInteger();
        CloseOnce close = CloseOnce.armed("one", PATIENCE, () -> {
            inside.countDown();
            await(go);
            ends.incrementAndGet();
        });
        Thread first = new Thread(close::run);
        first.start();
        inside.await();
        assertTrue(close.begun());
        AtomicInteger seen = new AtomicInteger();
        Thread second = new Thread(() -> {
            close.run();
            seen.set(ends.get());
        });
        second.start();
        while (second.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        go.countDown();
        first.join();
        second.join();
        assertEquals(1, seen.get());
        assertEquals(1, ends.get());
    }

    @Test
    void anEndThatFailsIsNotTriedAgain() {
        AtomicInteger ends = new AtomicInteger();
        CloseOnce close = CloseOnce.armed("two", PATIENCE, () -> {
            ends.incrementAndGet();
            throw new IllegalStateException("on purpose");
        });
        assertThrows(IllegalStateException.class, close::run);
        close.run();
        assertEquals(1, ends.get());
    }

    @Test
    void aJvmThatGoesDownWhileItsEngineClosesWaitsForThat() {
        assertEquals("closed\n", output(Exits.class, "another"));
    }

    @Test
    void whoEndsTheJvmFromInsideIsNotWaitedForForEver() {
        String output = output(Exits.class, "itself");
        assertTrue(output.endsWith("still closes\n"), output);
    }

    @Test
    void anEngineThatNobodyClosesIsClosedWithTheJvm() {
        assertEquals("closed\n", output(Exits.class, "nobody"));
    }

    private static String output(Class<?> scenario, String who) {
        try (ScenarioProcess jvm = ScenarioProcess.start(scenario, who)) {
            ScenarioProcess.Outcome outcome = jvm.waitFor(Duration.ofMinutes(2));
            assertEquals(3, outcome.exitStatus(), outcome::output);
            return outcome.output();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends its JVM while it closes. */
    static final class Exits {
        public static void main(String[] arguments) throws InterruptedException {
            boolean itself = arguments[0].equals("itself");
            CloseOnce close = CloseOnce.armed("three", itself ? Duration.ofMillis(100) : PATIENCE, () -> {
                if (itself) {
                    System.exit(3);
                } else if (arguments[0].equals("another")) {
                    exitElsewhere();
                }
                System.out.println("closed");
            });
            if (arguments[0].equals("nobody")) {
                System.exit(3);
            }
            close.run();
            Thread.sleep(PATIENCE.toMillis()); // the JVM ends meanwhile
        }

        /** Until the hook waits, or has had its time to. */
        private static void exitElsewhere() {
            Thread exit = new Thread(() -> System.exit(3));
            exit.start();
            for (int i = 0; i < 100 && Thread.getAllStackTraces().keySet().stream().noneMatch(t -> t.getName().startsWith("caisson-shutdown") && t.getState() == Thread.State.TIMED_WAITING); i++) {
                try {
                    Thread.sleep(20);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
