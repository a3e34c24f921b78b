package dev.caisson.network.nftables;

import dev.caisson.network.netlink.Answer;
import dev.caisson.network.netlink.Attributes;
import dev.caisson.network.netlink.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a network namespace has of chains and rules, whoever made them. Lenient towards garbage, as {@link Attributes} are. */
public final class Ruleset {
    /** Of both IPv4 and IPv6. */
    public static final int INET = 1;
    private static final int SUBSYSTEM = 10 << 8;
    private static final int NEWCHAIN = 3;
    private static final int GETCHAIN = 4;
    private static final int NEWRULE = 6;
    private static final int GETRULE = 7;
    private static final int HEADER = 4;

    /**
     * A chain at a hook.
     *
     * @param family {@link Batch#IP}, {@link Batch#IP6}, {@link #INET} …
     * @param policy {@link Expression#DROP} or {@link Expression#ACCEPT}
     */
    public record Chain(int family, String table, String name, int hook, int policy) {}

    /** One expression of a rule, so far as it is understood. @param name the kernel's */
    public record Step(String name, Attributes data) {}

    /** A rule. */
    public record Rule(String chain, List<Step> steps) {
        /** Whether it accepts all that comes in ({@link Expression#META_IIFNAME}) or goes out by interfaces whose names begin so, and asks for nothing else. */
        public boolean accepts(int direction, String prefix) {
            boolean interfaces = false;
            int loaded = -1;
            for (Step step : steps) {
                switch (step.name) {
                    case "counter", "log" -> { }
                    case "meta" -> loaded = step.data.network32(2).orElse(-1);
                    case "cmp" -> {
                        byte[] value = step.data.nested(3).bytes(1).orElse(new byte[1]);
                        boolean equal = step.data.network32(2).orElse(-1) == 0;
                        if (loaded != direction || !equal || !prefix.startsWith(new String(value, java.nio.charset.StandardCharsets.ISO_8859_1))) {
                            return false;
                        }
                        interfaces = true;
                    }
                    case "immediate" -> {
                        return interfaces && step.data.nested(2).nested(2).network32(1).orElse(-1) == Expression.ACCEPT;
                    }
                    default -> {
                        return false;
                    }
                }
            }
            return false;
        }
    }

    private Ruleset() {}

    /** All chains of all families. */
    public static Message chains() {
        return Message.of(SUBSYSTEM | GETCHAIN, Message.DUMP, "list the chains of nftables").raw((byte) 0, (byte) 0, (byte) 0, (byte) 0);
    }

    /** All rules of a table. */
    public static Message rules(int family, String table) {
        return Message.of(SUBSYSTEM | GETRULE, Message.DUMP, "list the rules of nftables table " + table).raw((byte) family, (byte) 0, (byte) 0, (byte) 0).text(1, table);
    }

    /** An item of {@link #chains} that is at a hook; empty for anything else. */
    public static Optional<Chain> chain(Answer answer) {
        byte[] payload = answer.payload();
        if (answer.type() != (SUBSYSTEM | NEWCHAIN) || payload.length < HEADER) {
            return Optional.empty();
        }
        Attributes chain = Attributes.parse(payload, HEADER);
        return chain.nested(4).network32(1).map(hook -> new Chain(payload[0], chain.text(1).orElse(""), chain.text(3).orElse(""), hook,
                chain.network32(5).orElse(Expression.ACCEPT)));
    }

    /** An item of {@link #rules}; empty for anything else. */
    public static Optional<Rule> rule(Answer answer) {
        byte[] payload = answer.payload();
        if (answer.type() != (SUBSYSTEM | NEWRULE) || payload.length < HEADER) {
            return Optional.empty();
        }
        Attributes rule = Attributes.parse(payload, HEADER);
        List<Step> steps = new ArrayList<>();
        for (byte[] each : Attributes.parse(rule.bytes(4).orElse(new byte[0]), 0).all(1)) {
            Attributes expression = Attributes.parse(each, 0);
            steps.add(new Step(expression.text(1).orElse(""), expression.nested(2)));
        }
        return Optional.of(new Rule(rule.text(2).orElse(""), steps));
    }
}
