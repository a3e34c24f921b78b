package dev.caisson.core.security.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever the profile, the compiled tree decides as the rules read one by one. */
class CompilerProperties {
    private static final List<String> NAMES = SyscallTable.get().names().stream().sorted().toList();

    @Property(tries = 150)
    void theTreeDecidesAsTheRules(@ForAll("profiles") SeccompProfile profile) {
        SeccompProgram program = SeccompCompiler.compile(profile);
        assertTrue(program.length() <= Bpf.MAX_INSTRUCTIONS);
        BpfSimulator compiled = new BpfSimulator(program.instructions());
        List<long[]> arguments = Calls.arguments(profile);
        for (Arch arch : Arch.values()) {
            for (int number : Calls.NUMBERS) {
                for (int i = 0; i < arguments.size(); i += 3) {
                    long[] args = arguments.get(i);
                    assertEquals(ReferenceEvaluator.decide(profile, arch, number, args).value(), compiled.run(arch.audit(), number, args),
                            () -> arch + " " + number + " of " + Long.toHexString(args[0]) + "\n" + program);
                }
            }
        }
    }

    @Provide
    Arbitrary<SeccompProfile> profiles() {
        Arbitrary<List<Arch>> architectures = Arbitraries.of(Arch.X86_64.family(), Arch.AARCH64.family(), List.of(Arch.X86_64), List.of(Arch.ARM));
        return Combinators.combine(actions(), architectures, rules().list().ofMaxSize(60))
                .as((byDefault, arches, rules) -> new SeccompProfile(byDefault, arches, rules, 0, List.of()));
    }

    private static Arbitrary<Rule> rules() {
        Arbitrary<List<String>> names = Arbitraries.of(NAMES).list().ofMinSize(1).ofMaxSize(12);
        return Combinators.combine(names, actions(), conditions().list().ofMaxSize(3)).as(Rule::new);
    }

    private static Arbitrary<Condition> conditions() {
        Arbitrary<Long> values = Arbitraries.oneOf(Arbitraries.longs().between(0, 50), Arbitraries.longs(),
                Arbitraries.of(-1L, 0xffffffffL, 0x100000000L, 0x7E020000L, 0xffffffff00000000L));
        return Combinators.combine(Arbitraries.integers().between(0, 5), Arbitraries.of(Condition.Op.values()), values, values)
                .as(Condition::new);
    }

    private static Arbitrary<Action> actions() {
        return Arbitraries.of(new ArrayList<>(List.of(Action.ALLOW, Action.EPERM, Action.ENOSYS, Action.KILL_THREAD,
                new Action(Action.Kind.KILL_PROCESS, 0), new Action(Action.Kind.TRAP, 0), new Action(Action.Kind.LOG, 0),
                new Action(Action.Kind.TRACE, 77))));
    }
}
