package dev.caisson.core.security.seccomp;

import dev.caisson.Nearest;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** The words of a profile (OCI runtime-spec, config-linux.md, Seccomp) and what they mean. */
final class ProfileWords {
    static final Set<String> FOREIGN_ARCHITECTURES = Set.of("SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL",
            "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_S390",
            "SCMP_ARCH_S390X", "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K",
            "SCMP_ARCH_SH", "SCMP_ARCH_SHEB", "SCMP_ARCH_X32");

    private static final String NOTIFY = "SCMP_ACT_NOTIFY";
    private static final Map<String, Action.Kind> ACTIONS = Map.of("SCMP_ACT_KILL", Action.Kind.KILL_THREAD,
            "SCMP_ACT_KILL_THREAD", Action.Kind.KILL_THREAD, "SCMP_ACT_KILL_PROCESS", Action.Kind.KILL_PROCESS,
            "SCMP_ACT_TRAP", Action.Kind.TRAP, "SCMP_ACT_ERRNO", Action.Kind.ERRNO, "SCMP_ACT_TRACE", Action.Kind.TRACE,
            "SCMP_ACT_LOG", Action.Kind.LOG, "SCMP_ACT_ALLOW", Action.Kind.ALLOW);
    private static final Map<String, Integer> FLAGS = Map.of("SECCOMP_FILTER_FLAG_TSYNC", SeccompProfile.FLAG_TSYNC,
            "SECCOMP_FILTER_FLAG_LOG", SeccompProfile.FLAG_LOG, "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SeccompProfile.FLAG_SPEC_ALLOW);
    private static final Map<String, Condition.Op> OPS = new HashMap<>();
    private static final int EPERM = 1;

    static {
        for (Condition.Op op : Condition.Op.values()) {
            OPS.put("SCMP_CMP_" + op, op);
        }
    }

    private ProfileWords() {}

    /** The action in one member with the errno in another; EPERM where none is given, as the specification says. */
    static Action action(JsonObject object, String member, String errnoMember) {
        String word = object.text(member);
        if (word.equals(NOTIFY)) {
            throw object.problem(member, "is SCMP_ACT_NOTIFY, which needs an agent that answers for the kernel; there is none here",
                    "use SCMP_ACT_ERRNO or SCMP_ACT_LOG");
        }
        Action.Kind kind = find(ACTIONS, object, member, "action");
        OptionalInt errno = object.number(errnoMember, kind == Action.Kind.TRACE ? 0xffff : Action.MAX_ERRNO);
        if (errno.isPresent() && !kind.takesErrno()) {
            throw object.problem(errnoMember, "is given, but " + word + " answers no errno", "use SCMP_ACT_ERRNO, or leave it out");
        }
        return new Action(kind, kind.takesErrno() ? errno.orElse(EPERM) : 0);
    }

    static Condition condition(JsonObject arg) {
        int index = arg.number("index", 5).orElseThrow(() -> arg.problem("index", "is missing", "give 0 to 5"));
        return new Condition(index, find(OPS, arg, "op", "operator"), arg.uint64("value"), arg.uint64("valueTwo"));
    }

    static int flags(JsonObject profile) {
        if (!profile.has("flags")) {
            return SeccompProfile.FLAG_SPEC_ALLOW;
        }
        int flags = 0;
        for (String word : profile.texts("flags")) {
            Integer flag = FLAGS.get(word);
            if (flag == null) {
                throw unknown(profile, "flags", "flag", word, FLAGS.keySet());
            }
            flags |= flag;
        }
        return flags;
    }

    private static <T> T find(Map<String, T> words, JsonObject object, String member, String kind) {
        String word = object.text(member);
        T found = words.get(word);
        if (found == null) {
            throw word.isEmpty() ? object.problem(member, "is missing", "") : unknown(object, member, kind, word, words.keySet());
        }
        return found;
    }

    private static RuntimeException unknown(JsonObject object, String member, String kind, String word, Set<String> known) {
        String nearest = Nearest.to(word, known);
        return object.problem(member, "names the unknown " + kind + " " + word, nearest.isEmpty() ? "" : "did you mean " + nearest + "?");
    }
}
