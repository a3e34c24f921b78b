package dev.caisson.core.security.seccomp;

import dev.caisson.InvalidSpec;
import dev.caisson.core.security.seccomp.Decision.Clause;
import dev.caisson.core.security.seccomp.DecisionTable.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compiles a profile to classic BPF: first the architecture, then a balanced search tree over the {@linkplain DecisionTable merged
 * ranges} of system call numbers, then the conditions on arguments.
 *
 * <p>When a filter is loaded, the kernel runs it once for every system call number to learn which calls are always allowed
 * (seccomp_cache_prepare). A list of 400 comparisons costs 1.3 ms there; a tree needs seven or so per number.
 */
final class SeccompCompiler {
    private final BpfAssembler assembler = new BpfAssembler();

    private SeccompCompiler() {}

    /**
     * The filter for a profile.
     *
     * @throws InvalidSpec if it needs more than 4,096 instructions
     */
    static SeccompProgram compile(SeccompProfile profile) {
        long[] program = new SeccompCompiler().assemble(profile);
        if (program.length > Bpf.MAX_INSTRUCTIONS) {
            throw new InvalidSpec("seccomp", "the profile needs " + program.length + " BPF instructions, the kernel takes "
                    + Bpf.MAX_INSTRUCTIONS + " (BPF_MAXINSNS)", "use fewer conditions on arguments");
        }
        return new SeccompProgram(program, profile.flags(), ignored(profile));
    }

    private static List<String> ignored(SeccompProfile profile) {
        List<String> ignored = new ArrayList<>(profile.ignored());
        for (Rule rule : profile.rules()) {
            for (String name : rule.names()) {
                if (!SyscallTable.get().knows(name) && !ignored.contains(name)) {
                    ignored.add(name);
                }
            }
        }
        return ignored;
    }

    private long[] assemble(SeccompProfile profile) {
        int entry = assembler.ret(Action.KILL_THREAD);
        // The machine's own architecture is asked for first: it is the first of the list, so it is written last.
        for (int i = profile.architectures().size() - 1; i >= 0; i--) {
            Arch arch = profile.architectures().get(i);
            List<Range> ranges = DecisionTable.ranges(arch, profile);
            int tree = assembler.load(Bpf.NR, tree(arch, ranges, new HashMap<>()));
            entry = assembler.jump(Bpf.JEQ, arch.audit(), tree, entry);
        }
        return assembler.program(assembler.load(Bpf.ARCH, entry));
    }

    private int tree(Arch arch, List<Range> ranges, Map<Decision, Integer> leaves) {
        if (ranges.size() == 1) {
            return leaf(arch, ranges.get(0).decision(), leaves);
        }
        int middle = ranges.size() / 2;
        int upper = tree(arch, ranges.subList(middle, ranges.size()), leaves);
        int lower = tree(arch, ranges.subList(0, middle), leaves);
        return assembler.jump(Bpf.JGE, (int) ranges.get(middle).first(), upper, lower);
    }

    private int leaf(Arch arch, Decision decision, Map<Decision, Integer> leaves) {
        if (decision.unconditional()) {
            return assembler.ret(decision.otherwise());
        }
        Integer written = leaves.get(decision);
        if (written == null) {
            written = clauses(arch, decision);
            leaves.put(decision, written);
        }
        return written;
    }

    private int clauses(Arch arch, Decision decision) {
        int next = assembler.ret(decision.otherwise());
        for (int i = decision.clauses().size() - 1; i >= 0; i--) {
            Clause clause = decision.clauses().get(i);
            int match = assembler.ret(clause.action());
            for (int c = clause.conditions().size() - 1; c >= 0; c--) {
                match = condition(arch, clause.conditions().get(c), match, next);
            }
            next = match;
        }
        return next;
    }

    private int condition(Arch arch, Condition condition, int yes, int no) {
        return switch (condition.op()) {
            case EQ -> equal(arch, condition, -1L, condition.value(), yes, no);
            case NE -> equal(arch, condition, -1L, condition.value(), no, yes);
            case MASKED_EQ -> equal(arch, condition, condition.value(), condition.valueTwo(), yes, no);
            case GT -> greater(arch, condition, Bpf.JGT, yes, no);
            case GE -> greater(arch, condition, Bpf.JGE, yes, no);
            case LE -> greater(arch, condition, Bpf.JGT, no, yes);
            case LT -> greater(arch, condition, Bpf.JGE, no, yes);
        };
    }

    /** {@code (arg & mask) == (value & mask)}; a half whose mask is 0 is not looked at. */
    private int equal(Arch arch, Condition condition, long mask, long value, int yes, int no) {
        int low = equalHalf(Bpf.low(condition.index()), (int) mask, (int) value, yes, no);
        return arch.is32() ? low : equalHalf(Bpf.high(condition.index()), (int) (mask >>> 32), (int) (value >>> 32), low, no);
    }

    private int equalHalf(int offset, int mask, int value, int yes, int no) {
        if (mask == 0) {
            return yes;
        }
        int test = assembler.jump(Bpf.JEQ, value & mask, yes, no);
        return assembler.load(offset, mask == -1 ? test : assembler.and(mask, test));
    }

    /** Greater, or greater or equal: the upper halves decide unless they are equal. */
    private int greater(Arch arch, Condition condition, int lowTest, int yes, int no) {
        int low = (int) condition.value();
        int high = (int) (condition.value() >>> 32);
        int test = assembler.load(Bpf.low(condition.index()), assembler.jump(lowTest, low, yes, no));
        if (arch.is32()) {
            return test;
        }
        int equal = assembler.jump(Bpf.JEQ, high, test, no);
        return assembler.load(Bpf.high(condition.index()), assembler.jump(Bpf.JGT, high, yes, equal));
    }
}
