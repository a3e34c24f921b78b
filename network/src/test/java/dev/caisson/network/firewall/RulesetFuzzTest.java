package dev.caisson.network.firewall;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.network.netlink.Answer;
import dev.caisson.network.nftables.Batch;
import dev.caisson.network.nftables.Expression;
import dev.caisson.network.nftables.Ruleset;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

/** Rulesets of others, whole and damaged, as nf_tables and as ip_tables give them. Row 112. */
class RulesetFuzzTest {
    private static final int NEWCHAIN = 10 << 8 | 3;
    private static final int NEWRULE = 10 << 8 | 6;

    private static void read(Answer answer) {
        Ruleset.chain(answer);
        Ruleset.rule(answer).ifPresent(r -> r.accepts(Expression.META_IIFNAME, "csn"));
    }

    private static List<Answer> written() {
        return Batch.of(Batch.IP, "filter").chain("FORWARD", "filter", Batch.FORWARD, 0, Expression.DROP)
                .rule("FORWARD", Expression.meta(Expression.META_IIFNAME, 1), Expression.equal(1, (byte) 'c', (byte) 's', (byte) 'n'), Expression.counter(),
                        Expression.verdict(Expression.ACCEPT)).messages().stream().flatMap(m -> Answer.parse(m.encode(1)).stream()).toList();
    }

    @Property(tries = 2000)
    void garbage(@ForAll byte[] payload, @ForAll boolean rule) {
        read(new Answer(rule ? NEWRULE : NEWCHAIN, 0, 0, payload));
    }

    @Property(tries = 5000)
    void damaged(@ForAll int which, @ForAll int at, @ForAll byte value, @ForAll int cut) {
        Answer whole = written().get(Math.floorMod(which, 2) + 1);
        byte[] payload = whole.payload().clone();
        payload[Math.floorMod(at, payload.length)] = value;
        read(new Answer(whole.type(), 0, 0, Arrays.copyOf(payload, Math.floorMod(cut, payload.length + 1))));
    }

    @Property(tries = 20)
    void whatIsWrittenIsRead(@ForAll boolean in) {
        Ruleset.Chain chain = Ruleset.chain(written().get(1)).orElseThrow();
        assertTrue(chain.equals(new Ruleset.Chain(Batch.IP, "filter", "FORWARD", Batch.FORWARD, Expression.DROP)), chain.toString());
        assertTrue(Ruleset.rule(written().get(2)).orElseThrow().accepts(in ? Expression.META_IIFNAME : Expression.META_OIFNAME, "csn") == in);
    }

    @Property(tries = 5000)
    void legacyGarbage(@ForAll @Size(max = 600) byte[] table, @ForAll int first, @ForAll int policy, @ForAll boolean six) {
        int length = table.length + 1;
        (six ? LegacyFilter.V6 : LegacyFilter.V4).parse(table, first % length, policy % length, "csn");
        (six ? LegacyFilter.V6 : LegacyFilter.V4).parse(table, first, policy, "csn");
    }

    /** Entries whose fields all hold small numbers lead further in than random ones. */
    @Property(tries = 5000)
    void legacyEntries(@ForAll @Size(value = 600) byte[] table, @ForAll byte fill) {
        Arrays.fill(table, 0, 400, fill);
        LegacyFilter.V4.parse(table, 0, table.length, "csn");
        LegacyFilter.V6.parse(table, 0, table.length, "csn");
    }
}
