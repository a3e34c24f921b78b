package dev.caisson.core.security.seccomp;

import java.util.List;
import java.util.OptionalInt;

/** Says what a profile decides, rule by rule and without any cleverness: the yardstick of the compiler. */
final class ReferenceEvaluator {
    private ReferenceEvaluator() {}

    static Action decide(SeccompProfile profile, Arch arch, int number, long... arguments) {
        if (!profile.architectures().contains(arch)) {
            return Action.KILL_THREAD;
        }
        if (unknown(arch, number)) {
            return Action.ENOSYS;
        }
        Action conditional = null;
        for (Rule rule : profile.rules()) {
            if (rule.action().equals(profile.defaultAction())) {
                continue;
            }
            for (String name : rule.names()) {
                OptionalInt own = SyscallTable.get().number(arch, name);
                if (own.isPresent() && own.getAsInt() == number) {
                    if (rule.conditions().isEmpty()) {
                        return rule.action();
                    }
                    if (conditional == null && rule.alternatives().stream().anyMatch(all -> holds(arch, all, arguments))) {
                        conditional = rule.action();
                    }
                }
                Multiplexed.Carrier carrier = Multiplexed.of(arch, name);
                if (carrier != null && SyscallTable.get().number(arch, carrier.name()).orElseThrow() == number && conditional == null
                        && (int) arguments[0] == carrier.call()
                        && (rule.conditions().isEmpty() || rule.action().stricterThan(profile.defaultAction()))) {
                    conditional = rule.action();
                }
            }
        }
        return conditional == null ? profile.defaultAction() : conditional;
    }

    static boolean unknown(Arch arch, int number) {
        long n = Integer.toUnsignedLong(number);
        boolean ofArm = arch == Arch.ARM && n > SyscallTable.ARM_PRIVATE && n <= SyscallTable.get().newestPrivate(arch);
        return n > SyscallTable.get().newest(arch) && !ofArm;
    }

    static boolean holds(Arch arch, List<Condition> conditions, long... arguments) {
        return conditions.stream().allMatch(condition -> holds(arch, condition, arguments[condition.index()]));
    }

    private static boolean holds(Arch arch, Condition condition, long argument) {
        long cut = arch.is32() ? 0xffffffffL : -1L;
        long given = argument & cut;
        long value = condition.value() & cut;
        int order = Long.compareUnsigned(given, value);
        return switch (condition.op()) {
            case EQ -> order == 0;
            case NE -> order != 0;
            case LT -> order < 0;
            case LE -> order <= 0;
            case GT -> order > 0;
            case GE -> order >= 0;
            case MASKED_EQ -> (given & value) == (condition.valueTwo() & value);
        };
    }
}
