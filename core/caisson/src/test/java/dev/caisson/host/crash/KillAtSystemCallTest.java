package dev.caisson.host.crash;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.RequiresTool;
import dev.caisson.testkit.crash.KillPoint;
import dev.caisson.testkit.crash.KillPoints;
import dev.caisson.testkit.crash.ScenarioProcess;
import dev.caisson.testkit.leak.LeakCheck;
import dev.caisson.testkit.leak.Resource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The property above all: SIGKILL at the n-th system call that changes something, of the JVM, of the guard or of a child, leaves nothing that runs, and
 * nothing on disk that the next engine does not sweep. Faults F1, F2, F6 and F7: mounts, the clone and its cgroups, removals, files of state.
 *
 * <p>{@code -Dcaisson.crash.points=N} points a scenario (default 8), {@code -Dcaisson.crash.seed=S} to repeat a run,
 * {@code -Dcaisson.crash.seconds=T} after which no further one is begun (default 120).
 */
@Timeout(3600)
@RequiresTool("strace")
class KillAtSystemCallTest extends CrashTest {
    private static final Logger LOG = LoggerFactory.getLogger(KillAtSystemCallTest.class);
    private static final Duration LIMIT = Duration.ofSeconds(180);
    private static final int AT_ONCE = 3;

    private record Run(String scenario, KillPoint point, Path home) {}

    @Test
    void nothingStays() {
        long seed = Long.getLong("caisson.crash.seed", System.nanoTime());
        long deadline = System.nanoTime() + Duration.ofSeconds(Long.getLong("caisson.crash.seconds", 120)).toNanos();
        LOG.warn("seed: -Dcaisson.crash.seed={}", seed);
        List<Run> runs = runs(new Random(seed), Integer.getInteger("caisson.crash.points", 8));
        int done = 0;
        for (int i = 0; i < runs.size() && (System.nanoTime() < deadline || done < CrashScenario.ONCE.size()); i += AT_ONCE) {
            List<Run> batch = runs.subList(i, Math.min(runs.size(), i + AT_ONCE));
            try {
                kill(batch);
            } catch (AssertionError e) {
                throw new AssertionError("killed at one of " + batch + ", seed " + seed + ": " + e.getMessage(), e);
            }
            done += batch.size();
        }
        LOG.warn("{} kill points of {} chosen ones tried", done, runs.size());
        assertTrue(done >= Math.min(runs.size(), CrashScenario.ONCE.size()), "too slow: only " + done + " points");
    }

    /** Interleaved, so that a run cut short by its time has seen every scenario. */
    private List<Run> runs(Random random, int points) {
        Map<String, List<KillPoint>> chosen = new LinkedHashMap<>();
        for (String scenario : CrashScenario.ONCE) {
            Path home = directory.resolve("count-" + scenario);
            List<KillPoint> all = ScenarioProcess.killPoints(KillPoints.CHANGING, LIMIT, CrashScenario.class, arguments(scenario, home));
            chosen.put(scenario, KillPoints.sample(all, points, random));
        }
        List<Run> runs = new ArrayList<>();
        for (int i = 0; i < points; i++) {
            for (Map.Entry<String, List<KillPoint>> e : chosen.entrySet()) {
                if (i < e.getValue().size()) {
                    runs.add(new Run(e.getKey(), e.getValue().get(i), directory.resolve(e.getKey() + "-" + i)));
                }
            }
        }
        return runs;
    }

    private void kill(List<Run> batch) {
        LeakCheck outside = outside();
        // strace counts for each process, so the guard may fall at the same point after the JVM: then its cgroups wait for the next engine.
        LeakCheck running = LeakCheck.watching().ignoring(EnumSet.of(Resource.CGROUPS, Resource.DESCRIPTORS, Resource.THREADS)).begin();
        List<ScenarioProcess> processes = new ArrayList<>();
        try {
            batch.forEach(run -> processes.add(ScenarioProcess.startKilledAt(run.point(), CrashScenario.class, arguments(run.scenario(), run.home()))));
            for (ScenarioProcess process : processes) {
                ScenarioProcess.Outcome outcome = process.waitFor(LIMIT);
                assertTrue(Set.of(0, 137).contains(outcome.exitStatus()), outcome::toString);
                assertTrue(outcome.exitStatus() == 137 || outcome.reached("done") || outcome.reached("refused"), outcome::toString);
            }
            running.assertNothingLeftAsPromised();
        } finally {
            processes.forEach(ScenarioProcess::close);
        }
        batch.forEach(run -> assertNextEngineSweeps(run.home()));
        outside.assertNothingLeft();
    }
}
