package dev.caisson.host.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Somebody kills the worker: another takes its place, in its namespaces, and what ran goes on. */
@Timeout(300)
class DeadWorkerTest extends RootlessTest {
    @Test
    void betweenCallsNobodyNotices() {
        user.withSubordinateIds();
        Map<String, String> said = run(OrdinaryDeaths.class, "between");
        assertEquals("1000", said.get("next"), "the same user namespace");
        assertEquals("1000", said.get("inside"));
        assertEquals("1", said.get("workers"));
        assertEquals("RUNNING /tmp/before", said.get("restarted"), "the root is in the first one's mount namespace");
        assertTrue(said.get("changes").contains("A /tmp/before"), said.get("changes"));
        assertEquals("bound", said.get("bound"));
        assertEquals("0", said.get("workersAfter"));
    }

    @Test
    void atAnyInstantWhatIsNotDoneSaysSo() throws Exception {
        user.withSubordinateIds();
        image();
        Map<String, String> said = run(OrdinaryDeaths.class, "atRandom");
        assertEquals("50", said.get("sum"), said::toString);
        assertEquals("[]", said.get("unnamed"));
        assertTrue(Integer.parseInt(said.get("done")) > 0, said::toString);
        assertEquals("0", said.get("well"));
        assertEquals("[]", said.get("images"));
        assertEquals("[]", said.get("containers"));
        assertEquals("0", said.get("workersAfter"));
    }
}
