package dev.caisson.testkit.leak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.leak.ProcessWatch.Entry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whose a process is, of tables as they could be. */
class ProcessWatchTest {
    private static final int SELF = 100;
    private static final Set<String> HOSTS = Set.of("mnt:[1]", "pid:[1]");

    private final Map<Integer, Entry> table = new HashMap<>();

    private void process(int pid, char state, int parent, Set<String> namespaces) {
        table.put(pid, new Entry(pid, 1000L + pid, state, parent, SELF, SELF, "[p" + pid + "]", "/bin/p", namespaces));
    }

    private ProcessWatch watch(int self) {
        process(1, 'S', 0, HOSTS);
        process(SELF, 'S', 1, HOSTS);
        return new ProcessWatch(self, () -> Map.copyOf(table));
    }

    private static List<Integer> pids(ProcessWatch watch) {
        return watch.left().stream().map(line -> Integer.valueOf(line.split(" ")[0])).sorted().toList();
    }

    @Test
    void aZombieOfPid1IsPid1sToWaitFor() {
        ProcessWatch watch = watch(SELF);
        process(200, 'Z', 1, Set.of()); // a dead one has no namespaces to be told by
        assertEquals(List.of(), watch.left());
    }

    @Test
    void anOrphanThatLivesIsOurs() {
        ProcessWatch watch = watch(SELF);
        process(200, 'S', 1, HOSTS);
        process(201, 'D', 1, Set.of("mnt:[2]"));
        process(202, 'T', 1, HOSTS);
        assertEquals(List.of(200, 201, 202), pids(watch));
    }

    @Test
    void aZombieOfOursIsOurs() {
        ProcessWatch watch = watch(SELF);
        process(200, 'Z', SELF, Set.of());
        process(201, 'S', SELF, HOSTS);
        process(202, 'Z', 201, Set.of());
        assertEquals(List.of(200, 201, 202), pids(watch));
        assertTrue(watch.left().stream().allMatch(line -> line.contains("a descendant of this JVM")), watch.left()::toString);
    }

    @Test
    void whoIsPid1HasNobodyElseToWaitForItsZombies() {
        process(300, 'S', 1, HOSTS);
        ProcessWatch watch = watch(1);
        process(200, 'Z', 1, Set.of());
        assertEquals(List.of(200), pids(watch));
    }

    @Test
    void whatWasThereBeforeIsAStrangersWithAllBelowIt() {
        process(50, 'S', 1, HOSTS);
        process(60, 'Z', 1, Set.of());
        ProcessWatch watch = watch(SELF);
        process(51, 'S', 50, Set.of("mnt:[9]"));
        assertEquals(List.of(), watch.left());
    }
}
