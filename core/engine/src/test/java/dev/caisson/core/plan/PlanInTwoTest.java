package dev.caisson.core.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.launch.LaunchPlan;
import dev.caisson.core.launch.LaunchPlan.Phase;
import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A container compiled in two parts is the same container: the same operations in the same order, whose slots only have other numbers. */
class PlanInTwoTest {
    /** What is never compiled in two. */
    private static final Set<String> WHOLE = Set.of("users", "users-of-an-ordinary-user", "tty", "cgroup");

    static Set<String> names() {
        return PlanGoldenTest.names().stream().filter(name -> !WHOLE.contains(name) && PlanGoldenTest.input(name).input().spaces().equals(PlanInput.Spaces.OWN))
                .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @MethodSource("names")
    void isTheSameContainer(String name) {
        PlanInput input = PlanGoldenTest.input(name).input();
        LaunchPlan whole = PlanCompiler.compile(input).plan();
        LaunchPlan early = PlanCompiler.early(input).plan();
        LaunchPlan late = PlanCompiler.late(input).plan();
        for (Phase phase : List.of(Phase.PREPARE, Phase.REPORT, Phase.UNDO)) {
            assertEquals(whole.ops(phase), early.ops(phase));
        }
        assertEquals(whole.cloneFlags(), early.cloneFlags());
        assertEquals(List.of(Op.of(OpCode.CONTINUE).a(1)), early.ops(Phase.CHILD));
        assertEquals(Set.of(Phase.CHILD), late.lists().keySet(), "nothing that a guard would refuse");
        assertEquals(0, late.cloneFlags());
        assertEquals(early.slots(), late.slots());

        List<Op> first = new ArrayList<>(whole.ops(Phase.PREFIX));
        first.addAll(whole.ops(Phase.CHILD));
        List<Op> second = new ArrayList<>(early.ops(Phase.PREFIX));
        second.addAll(late.ops(Phase.CHILD));
        assertEquals(first.size(), second.size());
        Map<Integer, Integer> there = new HashMap<>();
        Map<Integer, Integer> back = new HashMap<>();
        for (int i = 0; i < first.size(); i++) {
            Op a = first.get(i);
            Op b = second.get(i);
            same(there, back, a.slot(), b.slot());
            same(there, back, a.slot2(), b.slot2());
            Op alike = b.slot(a.slot()).slot2(a.slot2());
            assertEquals(a, a.code() == OpCode.CLOSE ? alike.s(a.s()) : alike); // its string is slots
            assertTrue(b.slot() < LaunchPlan.SLOT_ENGINE || i < early.ops(Phase.PREFIX).size() || b.slot() == Op.NO_SLOT, "only the first has the engine's");
        }
    }

    private static void same(Map<Integer, Integer> there, Map<Integer, Integer> back, int a, int b) {
        assertEquals(b, there.computeIfAbsent(a, k -> b));
        assertEquals(a, back.computeIfAbsent(b, k -> a));
    }
}
