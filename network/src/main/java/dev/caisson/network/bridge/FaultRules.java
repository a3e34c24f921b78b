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
    private final Map<List<Integer>, Loss> losses = new LinkedHashMap<>();
    private boolean there;

    /** Between two MAC addresses. */
    private record Loss(List<byte[]> macs, int share) {}

    FaultRules(Conversation firewall) {
        this.firewall = firewall;
    }

    /** @param share of {@link #CERTAIN}; 0 for nothing */
    synchronized void lose(Endpoint a, Endpoint b, int share) {
        List<Integer> pair = a.address() < b.address() ? List.of(a.address(), b.address()) : List.of(b.address(), a.address());
        Loss before = share == 0 ? losses.remove(pair) : losses.put(pair, new Loss(List.of(a.mac(), b.mac()), share));
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
        losses.values().forEach(loss -> {
            for (int from = 0; from < 2; from++) {
                List<Expression> rule = new ArrayList<>(List.of(payload(LINK, SOURCE, MAC, REG), equal(REG, loss.macs.get(from)), payload(LINK, DESTINATION, MAC, REG),
                        equal(REG, loss.macs.get(1 - from))));
                if (loss.share < CERTAIN) {
                    rule.addAll(randomBelow(REG, CERTAIN, loss.share));
                }
                rule.add(verdict(DROP));
                batch.rule(CHAIN, rule.toArray(Expression[]::new));
            }
        });
    }
}
