package dev.caisson.network.bridge;

import static dev.caisson.network.nftables.Expression.ACCEPT;
import static dev.caisson.network.nftables.Expression.DROP;
import static dev.caisson.network.nftables.Expression.LINK;
import static dev.caisson.network.nftables.Expression.REG;
import static dev.caisson.network.nftables.Expression.equal;
import static dev.caisson.network.nftables.Expression.payload;
import static dev.caisson.network.nftables.Expression.randomBelow;
import static dev.caisson.network.nftables.Expression.verdict;

import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.nftables.Batch;
import dev.caisson.network.nftables.Expression;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Packets that are lost on purpose between two ports of a bridge. A table of its own, made anew with each change, in one step. Thread-safe. */
final class FaultRules {
    static final int CERTAIN = 1 << 16;
    private static final String TABLE = "caisson_faults";
    private static final String CHAIN = "forward";
    private static final int DESTINATION = 0;
    private static final int SOURCE = 6;
    private static final int MAC = 6;

    private final Conversation firewall;
    private final Map<List<Integer>, Integer> losses = new LinkedHashMap<>();
    private boolean there;

    FaultRules(Conversation firewall) {
        this.firewall = firewall;
    }

    /** @param share of {@link #CERTAIN}; 0 for nothing */
    synchronized void lose(int a, int b, int share) {
        List<Integer> pair = a < b ? List.of(a, b) : List.of(b, a);
        Integer before = share == 0 ? losses.remove(pair) : losses.put(pair, share);
        try {
            apply();
        } catch (RuntimeException e) {
            if (before == null) {
                losses.remove(pair);
            } else {
                losses.put(pair, before);
            }
            throw e;
        }
    }

    /** One of them is gone. */
    synchronized void forget(int address) {
        if (losses.keySet().removeIf(pair -> pair.contains(address))) {
            apply();
        }
    }

    private void apply() {
        Batch batch = Batch.of(Batch.BRIDGE, TABLE);
        if (there) {
            batch.removeTable();
        }
        if (!losses.isEmpty()) {
            rules(batch);
        }
        if (there || !losses.isEmpty()) {
            batch.commit(firewall);
        }
        there = !losses.isEmpty();
    }

    private void rules(Batch batch) {
        batch.ownedTable().chain(CHAIN, "filter", Batch.FORWARD, 0, ACCEPT);
        losses.forEach((pair, share) -> {
            for (int from = 0; from < 2; from++) {
                List<Expression> rule = new ArrayList<>(List.of(payload(LINK, SOURCE, MAC, REG), equal(REG, Router.mac(pair.get(from))), payload(LINK, DESTINATION, MAC, REG),
                        equal(REG, Router.mac(pair.get(1 - from)))));
                if (share < CERTAIN) {
                    rule.addAll(randomBelow(REG, CERTAIN, share));
                }
                rule.add(verdict(DROP));
                batch.rule(CHAIN, rule.toArray(Expression[]::new));
            }
        });
    }
}
