package dev.caisson.core.poll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When the poller has to be woken for a time-out. All of them are hours, so that none comes due while a test runs. */
class TimersTest {
    private final Timers timers = new Timers();
    private WeakReference<byte[]> held = new WeakReference<>(null);

    private Timers.Timer in(int hours) {
        return timers.add(Duration.ofHours(hours), () -> { });
    }

    /** Between the two, whenever this is read. */
    private void sleeps(int least, int most) {
        int millis = timers.millisToNext();
        assertTrue(millis > Duration.ofHours(least).toMillis() && millis <= Duration.ofHours(most).toMillis(), () -> millis + " ms");
    }

    @Test
    void whoSleepsForEverIsWoken() {
        assertEquals(-1, timers.millisToNext());
        assertTrue(timers.wakes(in(2)));
    }

    @Test
    void whoWasNeverAskedIsWoken() {
        assertTrue(timers.wakes(in(2)));
    }

    @Test
    void onlyForWhatIsDueBeforeItWouldWakeByItself() {
        in(5);
        sleeps(4, 5);
        assertFalse(timers.wakes(in(6)));
        assertTrue(timers.wakes(in(3)));
        sleeps(2, 3);
        assertFalse(timers.wakes(in(4)));
    }

    @Test
    void notForOneLikeThoseThatWereCalledOff() {
        Timers.Timer timer = in(5);
        for (int i = 0; i < 100; i++) {
            assertTrue(timer.cancel());
            sleeps(4, 5);
            timer = in(5);
            assertFalse(timers.wakes(timer), "as long as the last one, and begun later");
        }
        assertTrue(timer.cancel());
        sleeps(4, 5);
        assertTrue(timers.wakes(in(3)), "a shorter one");
    }

    @Test
    void whatWasCalledOffDoesNotKeepItFromWhatIsDueBefore() {
        Timers.Timer off = in(5);
        in(7);
        assertTrue(off.cancel());
        sleeps(4, 5);
        in(2);
        sleeps(1, 2);
        assertFalse(timers.wakes(in(3)));
    }

    @Test
    void whatWasCalledOffIsNotWaitedForWhenItsTimeIsOver() {
        Timers.Timer off = timers.add(Duration.ZERO, () -> { });
        assertTrue(off.cancel());
        assertEquals(-1, timers.millisToNext());
        assertTrue(timers.wakes(in(2)));
    }

    @Test
    void whatIsDueRunsOnceUnlessItWasCalledOff() {
        List<String> ran = new ArrayList<>();
        timers.add(Duration.ZERO, () -> ran.add("first"));
        timers.add(Duration.ZERO, () -> ran.add("off")).cancel();
        in(2);
        timers.runDue(Runnable::run);
        timers.runDue(Runnable::run);
        assertEquals(List.of("first"), ran);
    }

    /** An execution's output, for instance: a time limit of an hour is no reason to keep it for an hour. */
    @Test
    void whatWasCalledOffHoldsNothing() throws InterruptedException {
        Timers.Timer timer = holding(new byte[1 << 20]);
        assertNotNull(held.get());
        assertTrue(timer.cancel());
        for (int i = 0; i < 600 && held.get() != null; i++) {
            System.gc();
            Thread.sleep(50);
        }
        assertNull(held.get());
        assertFalse(timer.cancel());
    }

    private Timers.Timer holding(byte[] much) {
        held = new WeakReference<>(much);
        return timers.add(Duration.ofHours(1), () -> assertEquals(0, much.length));
    }
}
