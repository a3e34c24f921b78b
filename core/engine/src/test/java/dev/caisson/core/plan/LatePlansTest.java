package dev.caisson.core.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.caisson.Rlimit;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** What is compiled once for many is for each what would be compiled for it alone. */
class LatePlansTest {
    /** Each changes something that a plan depends on. */
    private static final List<Consumer<Inputs>> CHANGES = List.of(i -> { }, i -> i.user(1000), Inputs::noNewPrivileges, Inputs::foreignFilter, Inputs::privileged,
            i -> i.readOnly = true, i -> i.writable = List.of("/run"), i -> i.network = PlanInput.NetworkNamespace.HOST, i -> i.network = PlanInput.NetworkNamespace.GIVEN,
            i -> i.init = PlanInput.Init.REAPER, i -> i.oomScoreAdj = 7, i -> i.timeNamespace = true, i -> i.bootTimeOffset = Duration.ofSeconds(3), i -> i.sysctls = Map.of("net/x", "1"),
            i -> i.argv = List.of("other"), i -> i.masked = List.of(), i -> i.mounts = List.of(Inputs.tmpfs("/t", "size=1m")), i -> i.devices = List.of(new PlanInput.Node("fuse", 0x21b6, 10, 229)),
            i -> i.users = new PlanInput.Users(PlanGoldenTest.MAPS, true), i -> i.users = new PlanInput.Users(PlanGoldenTest.MAPS, false),
            i -> i.privilege = i.privilege.with(true), i -> i.privilege = i.privilege.with(Map.of("attr/exec", "exec one")), i -> i.privilege = i.privilege.with(Map.of("attr/exec", "exec another")), i -> i.readOnlyPaths = List.of("/proc/sys"), i -> i.rlimits = new TreeMap<>(Map.of(Rlimit.CORE, new Rlimit.Value(1, 2))),
            i -> i.workdir = "/elsewhere", i -> i.spaces = new PlanInput.Spaces(PlanInput.Space.OWN, PlanInput.Space.OWN, PlanInput.Space.OWN, false));

    @Provide
    Arbitrary<List<List<Integer>>> containers() {
        return Arbitraries.integers().between(0, CHANGES.size() - 1).list().ofMaxSize(3).list().ofMinSize(2).ofMaxSize(40);
    }

    private static PlanInput input(List<Integer> changes) {
        Inputs inputs = new Inputs();
        changes.forEach(c -> CHANGES.get(c).accept(inputs));
        return inputs.input();
    }

    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void isWhatIsCompiledForItAlone(@ForAll("containers") List<List<Integer>> containers) {
        LatePlans plans = new LatePlans();
        for (List<Integer> changes : containers) {
            assertEquals(PlanCompiler.late(input(changes)).plan().lists(), plans.late(input(changes)).plan().lists());
            assertEquals(PlanCompiler.late(input(changes)), plans.late(input(changes)), "the same once more");
        }
    }

    /** One after the other, so that each finds what the other left: what a single change does to a container may depend on another setting. */
    @Test
    void noChangeGoesUnseenWhateverElseIsSet() {
        for (int base = 0; base < CHANGES.size(); base++) {
            for (int change = 0; change < CHANGES.size(); change++) {
                LatePlans plans = new LatePlans();
                plans.late(input(List.of(base)));
                assertEquals(PlanCompiler.late(input(List.of(base, change))), plans.late(input(List.of(base, change))), base + " and " + change);
            }
        }
    }

    /** Else the test above would say nothing: what is kept is used for the next, whatever runs in it. */
    @Test
    void isCompiledOnceForTheSameContainerWithAnotherProgram() {
        LatePlans plans = new LatePlans();
        PlanInput first = new Inputs().input();
        Inputs other = new Inputs().user(7);
        other.argv = List.of("other");
        other.privilege = first.privilege();
        List<Op> a = plans.late(first).plan().ops(Phase.CHILD);
        List<Op> b = plans.late(other.input()).plan().ops(Phase.CHILD);
        assertEquals(true, a.get(10) == b.get(10), "the very same operation");
        assertNotEquals(a, b);
    }
}
