package dev.caisson.network.firewall;

import dev.caisson.HostReport.Finding;
import dev.caisson.HostReport.Grade;
import dev.caisson.linux.Netlink;
import dev.caisson.linux.SyscallException;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.nftables.Batch;
import dev.caisson.network.nftables.Expression;
import dev.caisson.network.nftables.Ruleset;
import dev.caisson.network.nftables.Ruleset.Chain;
import dev.caisson.network.nftables.Ruleset.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Whether a firewall of the host drops what is forwarded to containers and from them, such as the {@code FORWARD DROP} that dockerd leaves. Reads, and changes nothing. */
public final class ForwardCheck {
    private static final String NAME = "forwarding";
    private static final String DROPPED = " (policy drop, as dockerd sets it): containers have no way out of this host, and what they publish is reached from this host alone";
    private static final Map<Integer, String> FAMILIES = Map.of(Batch.IP, "ip", Batch.IP6, "ip6", Ruleset.INET, "inet");

    private ForwardCheck() {}

    /** Of the network namespace of the calling thread. @param prefix how the names of our interfaces begin */
    public static List<Finding> findings(String prefix) {
        List<Finding> findings = new ArrayList<>();
        try (Conversation firewall = Conversation.open(Netlink.NETLINK_NETFILTER)) {
            for (Chain chain : firewall.dump(Ruleset::chains).stream().map(Ruleset::chain).flatMap(Optional::stream).toList()) {
                if (FAMILIES.containsKey(chain.family()) && chain.hook() == Batch.FORWARD && chain.policy() == Expression.DROP) {
                    remedy(firewall, chain, prefix).ifPresent(r -> findings.add(new Finding(NAME, Grade.RECOMMENDED, false, "chain " + chain.name() + " of nftables table "
                            + FAMILIES.get(chain.family()) + " " + chain.table() + " drops what it does not accept" + DROPPED, r)));
                }
            }
        } catch (NetlinkRefusal | SyscallException e) {
            findings.add(new Finding(NAME, Grade.OPTIONAL, false, "the firewall could not be read: " + e.getMessage(), ""));
        }
        for (LegacyFilter each : LegacyFilter.values()) {
            each.read(prefix).filter(p -> p.drops() && !(p.acceptsIn() && p.acceptsOut())).ifPresent(p -> findings.add(new Finding(NAME, Grade.RECOMMENDED, false,
                    "chain FORWARD of " + each.program + " drops what it does not accept" + DROPPED, iptables(each.program, prefix, !p.acceptsIn(), !p.acceptsOut()))));
        }
        return findings.isEmpty() ? List.of(new Finding(NAME, Grade.RECOMMENDED, true, "no firewall drops what is forwarded to containers (nf_tables, ip_tables)", "")) : findings;
    }

    /** The line that lets ours through; empty if the table does. */
    private static Optional<String> remedy(Conversation firewall, Chain chain, String prefix) {
        List<Rule> rules = firewall.dump(() -> Ruleset.rules(chain.family(), chain.table())).stream().map(Ruleset::rule).flatMap(Optional::stream).toList();
        boolean in = rules.stream().noneMatch(r -> r.accepts(Expression.META_IIFNAME, prefix));
        boolean out = rules.stream().noneMatch(r -> r.accepts(Expression.META_OIFNAME, prefix));
        if (!in && !out) {
            return Optional.empty();
        }
        if (chain.name().equals("FORWARD") && chain.table().equals("filter") && chain.family() != Ruleset.INET) {
            return Optional.of(iptables(chain.family() == Batch.IP ? "iptables" : "ip6tables", prefix, in, out));
        }
        String insert = "nft insert rule " + FAMILIES.get(chain.family()) + " " + chain.table() + " " + chain.name();
        return Optional.of((in ? insert + " iifname '\"" + prefix + "*\"' accept" : "") + (in && out ? " && " : "") + (out ? insert + " oifname '\"" + prefix + "*\"' accept" : ""));
    }

    private static String iptables(String program, String prefix, boolean in, boolean out) {
        return (in ? program + " -I FORWARD -i " + prefix + "+ -j ACCEPT" : "") + (in && out ? " && " : "") + (out ? program + " -I FORWARD -o " + prefix + "+ -j ACCEPT" : "");
    }
}
