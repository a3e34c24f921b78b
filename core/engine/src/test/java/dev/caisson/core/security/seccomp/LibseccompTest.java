package dev.caisson.core.security.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Profiles at random, compiled by us and by the real libseccomp: rows 57 and 58 of the attack table. */
class LibseccompTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(names = {"X86_64", "AARCH64"})
    void randomProfilesDecideTheSame(Arch machine) throws Exception {
        Libseccomp libseccomp = Libseccomp.in(directory);
        for (int seed = 0; seed < 25; seed++) {
            SeccompProfile profile = random(new Random(seed), machine);
            BpfSimulator theirs = libseccomp.filter(profile);
            BpfSimulator ours = new BpfSimulator(SeccompCompiler.compile(profile).instructions());
            List<long[]> arguments = Calls.arguments(profile);
            for (Arch arch : Arch.values()) {
                for (int number : Calls.NUMBERS) {
                    if (profile.architectures().contains(arch) && ReferenceEvaluator.unknown(arch, number)) {
                        continue;
                    }
                    for (long[] args : arguments) {
                        int s = seed;
                        assertEquals(theirs.run(arch.audit(), number, args), ours.run(arch.audit(), number, args),
                                () -> "seed " + s + " " + arch + " " + number + " of " + Long.toHexString(args[0]));
                        if (!theirs.looked() && !ours.looked()) {
                            break;
                        }
                    }
                }
            }
        }
    }

    /**
     * At most one rule with conditions for a call: merged into one tree, libseccomp 2.5.4 loses alternatives (of "arg0 < 2^44 and arg1 != x"
     * or "arg0 > 14" it denies arg0 = 2^44). No carried call, where we are stricter on purpose.
     */
    private static SeccompProfile random(Random random, Arch machine) {
        List<String> names = SyscallTable.get().names().stream().sorted().filter(name -> Multiplexed.of(Arch.I386, name) == null)
                .filter(name -> !DefaultPolicyTest.NEWER.containsKey(name)).toList();
        List<Rule> rules = new ArrayList<>();
        Set<Integer> conditioned = new HashSet<>();
        for (int i = 0; i < 60; i++) {
            int chosen = random.nextInt(names.size());
            Action action = chosen % 3 == 0 ? Action.ENOSYS : chosen % 3 == 1 ? new Action(Action.Kind.TRACE, chosen) : Action.ALLOW;
            List<Condition> conditions = new ArrayList<>();
            int count = conditioned.add(chosen) ? random.nextInt(4) : 0;
            for (int argument = 0; argument < count; argument++) {
                Condition.Op op = Condition.Op.values()[random.nextInt(Condition.Op.values().length)];
                conditions.add(new Condition(argument, op, value(random), op == Condition.Op.MASKED_EQ ? value(random) : 0));
            }
            rules.add(new Rule(List.of(names.get(chosen)), action, conditions));
        }
        return new SeccompProfile(Action.EPERM, random.nextBoolean() ? machine.family() : List.of(machine), rules, 0, List.of());
    }

    private static long value(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(20);
            case 1 -> random.nextLong();
            case 2 -> random.nextInt() & 0xffffffffL;
            default -> 1L << random.nextInt(64);
        };
    }
}
