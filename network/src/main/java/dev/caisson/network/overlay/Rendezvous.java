package dev.caisson.network.overlay;

import dev.caisson.NetworkProblem;
import dev.caisson.Stage;
import dev.caisson.network.etcd.EtcdClient;
import dev.caisson.network.etcd.EtcdFailure;
import dev.caisson.network.etcd.KeyValue;
import dev.caisson.network.etcd.Transaction;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** How the hosts of a network come to agree on its number and addresses: the first one says, by compare-and-swap, the others follow or are refused. */
final class Rendezvous {
    private static final int ATTEMPTS = 64;
    /** Docker's first. */
    private static final int FIRST_VNI = 4096;
    /** WireGuard's usual port. */
    private static final int FIRST_TUNNEL = 51820;
    /** 10.32.0.0 to 10.63.255.0: none of those from which engines take the addresses of their own bridges. */
    private static final int SUBNETS = 32 * 256;
    private static final int SUBNET6 = 64;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final EtcdClient etcd;
    private final Keys keys;
    private final OverlayPlan plan;
    private final List<Prefix> used;

    /** @param used what this host routes already */
    Rendezvous(EtcdClient etcd, Keys keys, OverlayPlan plan, List<Prefix> used) {
        this.etcd = etcd;
        this.keys = keys;
        this.plan = plan;
        this.used = used;
    }

    /** @throws NetworkProblem if the others want it otherwise */
    Agreement agree() throws EtcdFailure {
        for (int i = 0; i < ATTEMPTS; i++) {
            Optional<KeyValue> known = etcd.get(keys.agreement());
            Optional<Agreement> agreed = known.isPresent() ? follow(known.get()) : propose();
            if (agreed.isPresent()) {
                return agreed.get();
            }
        }
        throw problem("could not be agreed on: others changed it " + ATTEMPTS + " times meanwhile", "try again");
    }

    private NetworkProblem problem(String why, String remedy) {
        return new NetworkProblem(Stage.NETWORK, "overlay network '" + keys.network() + "' " + why, remedy);
    }

    /** What is there already; empty if it was nobody's and is gone now. */
    private Optional<Agreement> follow(KeyValue known) throws EtcdFailure {
        String difference;
        try {
            Agreement theirs = Agreement.parse(known.value());
            difference = difference(theirs);
            if (difference.isEmpty()) {
                return Optional.of(theirs);
            }
        } catch (Foreign.Refused e) {
            difference = "what etcd has at " + keys.agreement() + " is not valid: " + e.getMessage();
        }
        if (etcd.commit(new Transaction().ifUnchanged(known).ifNoneBelow(keys.hosts()).delete(keys.agreement())).succeeded()) {
            return Optional.empty(); // left behind by hosts that died
        }
        throw problem("cannot be joined: " + difference, "ask for what the other hosts have, or leave it out; a network without hosts is made anew");
    }

    private String difference(Agreement theirs) {
        if (plan.subnet().isPresent() ? !plan.subnet().get().equals(theirs.subnet()) : !Agreement.isPrivate(theirs.subnet())) {
            return "the other hosts have the subnet " + theirs.subnet() + (plan.subnet().isPresent() ? ", not " + plan.subnet().get() : ", which is not private; give it with subnet(…) if it is meant");
        }
        if (plan.gateway().isPresent() && plan.gateway().get() != theirs.gateway()) {
            return "the other hosts have the gateway " + Prefix.text(theirs.gateway());
        }
        if (plan.ipv6() && theirs.subnet6().isEmpty()) {
            return "the other hosts have no IPv6 there";
        }
        if (theirs.subnet6().isPresent() && (plan.subnet6().isPresent() ? !plan.subnet6().equals(theirs.subnet6()) : !Agreement.isPrivate(theirs.subnet6().get()))) {
            return "the other hosts have the subnet " + theirs.subnet6().get() + (plan.subnet6().isPresent() ? ", not " + plan.subnet6().get() : ", which is not private; give it with subnet(…) if it is meant");
        }
        if (plan.encrypted() && !theirs.encrypted()) {
            return "the other hosts do not encrypt";
        }
        if (plan.vni() != 0 && plan.vni() != theirs.vni()) {
            return "the other hosts have the number " + theirs.vni() + ", not " + plan.vni();
        }
        return plan.port() == 0 || plan.port() == theirs.port() ? "" : "the other hosts have the port " + theirs.port() + ", not " + plan.port();
    }

    /** This host is the first; empty if another was faster. */
    private Optional<Agreement> propose() throws EtcdFailure {
        Prefix subnet = plan.subnet().isPresent() ? plan.subnet().get() : anySubnet();
        int vni = plan.vni() != 0 ? plan.vni() : anyVni();
        Agreement ours = new Agreement(vni, plan.port() != 0 ? plan.port() : plan.encrypted() ? anyPort() : OverlayPlan.DEFAULT_PORT, subnet,
                plan.gateway().orElse(subnet.address() + 1), plan.encrypted(), plan.subnet6().isEmpty() && plan.ipv6() ? Optional.of(anySubnet6()) : plan.subnet6());
        Transaction all = new Transaction().ifAbsent(keys.agreement()).put(keys.agreement(), ours.json(), 0);
        Optional<KeyValue> holder = etcd.get(keys.vni(vni));
        if (holder.isEmpty()) {
            all.ifAbsent(keys.vni(vni)).put(keys.vni(vni), keys.network().getBytes(StandardCharsets.UTF_8), 0);
        } else if (!new String(holder.get().value(), StandardCharsets.UTF_8).equals(keys.network())) {
            throw problem("cannot have the number " + vni + ": network '" + new String(holder.get().value(), StandardCharsets.UTF_8).replaceAll("[^a-zA-Z0-9_.-]", "?") + "' has it",
                    "choose another vni(…), or leave it out");
        }
        return etcd.commit(all).succeeded() ? Optional.of(ours) : Optional.empty();
    }

    private int anyVni() throws EtcdFailure {
        Set<String> taken = new HashSet<>();
        etcd.list(keys.vnis()).entries().forEach(e -> taken.add(e.key()));
        for (int vni = FIRST_VNI; vni <= Agreement.MAX_VNI; vni++) {
            if (!taken.contains(keys.vni(vni))) {
                return vni;
            }
        }
        throw problem("cannot be made: all VXLAN numbers are taken", "delete keys below " + keys.vnis());
    }

    private List<Agreement> others() throws EtcdFailure {
        List<Agreement> all = new ArrayList<>();
        for (KeyValue each : etcd.list(keys.networks()).entries()) {
            try {
                all.add(Agreement.parse(each.value()));
            } catch (Foreign.Refused e) {
                // takes nothing
            }
        }
        return all;
    }

    /** WireGuard has a UDP port for each network, which plain ones share. */
    private int anyPort() throws EtcdFailure {
        Set<Integer> taken = others().stream().map(Agreement::port).collect(Collectors.toSet());
        return IntStream.rangeClosed(FIRST_TUNNEL, Agreement.MAX_PORT).filter(p -> !taken.contains(p)).findFirst().orElseThrow(() -> problem("cannot be made: all UDP ports are taken",
                "give a port(…)"));
    }

    /** {@code fd} and 40 bits that nobody else has (RFC 4193). */
    private static Prefix6 anySubnet6() {
        return new Prefix6(0xfdL << 56 | (RANDOM.nextLong() & 0xff_ffff_ffffL) << 16, 0, SUBNET6);
    }

    private Prefix anySubnet() throws EtcdFailure {
        List<Prefix> taken = new ArrayList<>(used);
        others().forEach(o -> taken.add(o.subnet()));
        for (int i = 0; i < SUBNETS; i++) {
            int number = Math.floorMod(keys.network().hashCode() + i, SUBNETS);
            Prefix candidate = new Prefix((10 << 24 | 32 << 16) + (number << 8), 24);
            if (taken.stream().noneMatch(candidate::overlaps)) {
                return candidate;
            }
        }
        throw problem("cannot be made: all of 10.32.0.0 to 10.63.255.0 is in use", "give a subnet(…)");
    }
}
