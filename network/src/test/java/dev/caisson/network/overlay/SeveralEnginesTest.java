package dev.caisson.network.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.NetworkProblem;
import dev.caisson.network.overlay.Host.Inhabitant;
import dev.caisson.spi.network.Network;
import dev.caisson.testkit.hosts.Wire;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two engines of one host on a network, beside one of another host. */
class SeveralEnginesTest extends OverlayTest {
    private Host beside;

    @BeforeEach
    void besideTheFirst() {
        beside = new Host("beside", one.space, directory);
    }

    @AfterEach
    void withIt() {
        beside.close();
    }

    private static void assertAllReachAll(List<Inhabitant> all) {
        assertEquals("", all.stream().flatMap(from -> all.stream().filter(to -> !from.reaches(to.address())).map(to -> from.address() + " to " + to.address())).collect(Collectors.joining(", ")));
    }

    private String ports(Host host) {
        return host.space.output("sh", "-c", "ss -Hlnu | grep -o ':47[89][0-9]' | sort -u | tr '\\n' ' '").strip();
    }

    @Test
    void theyReachEachOtherAndTheOtherHost() {
        one.space.shell("echo 0 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv6/conf/all/forwarding"); // the first engine begins to forward, for the second one's containers too
        Network left = one.network("mesh", "etcd", ETCD, "ipv6", "true");
        Network middle = beside.network("mesh", "etcd", ETCD, "ipv6", "true");
        Network right = two.network("mesh", "etcd", ETCD, "ipv6", "true");
        Inhabitant a = one.container(left, "", "a", "all");
        Inhabitant b = beside.container(middle, "", "b", "all");
        Inhabitant c = two.container(right, "", "c", "all");
        List<Inhabitant> everybody = List.of(a, b, c);
        everybody.forEach(each -> eventually("names of all engines are known", () -> each.resolves("all").size() == 3 && each.resolves("all", "aaaa").size() == 3));
        assertAllReachAll(everybody);
        everybody.forEach(from -> everybody.forEach(to -> eventually("IPv6", () -> from.pings(to.address6()))));
        assertEquals(":4789 :4790", ports(one));
        assertEquals(":4789", ports(two));

        for (Inhabitant each : List.of(a, b)) {
            eventually("the host reaches its own", () -> one.space.output("busybox", "ping", "-c", "1", "-W", "1", each.address()).contains(" 0% packet loss")
                    && one.space.output("busybox", "ping", "-c", "1", "-W", "1", each.address6()).contains(" 0% packet loss"));
            assertTrue(each.reaches("192.168.77.1"), "and they the outside, each by its engine");
        }
        assertTrue(assertThrows(NetworkProblem.class, () -> beside.container(middle, a.address(), "thief")).getMessage().contains("container a of host " + Wire.address(1)));

        a.leave();
        one.remove(left);
        eventually("who left is forgotten", () -> b.resolves("all").size() == 2 && c.resolves("all").size() == 2);
        assertAllReachAll(List.of(b, c));
        assertFalse(b.pings(a.address()));
        Network again = one.network("mesh", "etcd", ETCD);
        Inhabitant heir = one.container(again, "", "heir");
        eventually("the next is known", () -> c.resolves("heir").size() == 1 && b.resolves("heir").size() == 1);
        assertAllReachAll(List.of(heir, b, c));
        b.leave();
        beside.remove(middle);
        assertEquals(":4789", ports(one));
        assertAllReachAll(List.of(heir, c));
        assertEquals(List.of(), one.problems(again));
        assertEquals(List.of(), two.problems(right));
    }

    /** Row 109: what one engine of a host may send another one takes in, and no more. */
    @Test
    void networksThatAreNotTheSameStayApart() {
        Network left = one.network("mesh", "etcd", ETCD, "subnet", "10.50.0.0/24");
        Network other = beside.network("mesh", "etcd", ETCD, "subnet", "10.50.0.0/24", "etcd-prefix", "/elsewhere");
        Inhabitant a = one.container(left, "10.50.0.5", "a");
        Inhabitant b = beside.container(other, "10.50.0.6", "b");
        assertFalse(a.pings(b.address()) || b.pings(a.address()));
        NetworkProblem twice = assertThrows(NetworkProblem.class, () -> beside.container(other, "10.50.0.5", "thief"));
        assertTrue(twice.getMessage().contains("10.50.0.5") && twice.remedy().contains("subnet"), twice.toString());
        assertTrue(a.reaches(left.gateway()) && b.reaches(other.gateway()));
        eventually("it is still the first one's", () -> one.space.output("busybox", "ping", "-c", "1", "-W", "1", a.address()).contains(" 0% packet loss"));
        assertTrue(assertThrows(NetworkProblem.class, () -> one.network("again", "etcd", ETCD, "subnet", "10.50.0.0/24")).getMessage().contains("overlaps"), "a second time in one engine");
    }

    /** What is taken from a host's route table is made again, of what is shared too. */
    @Test
    void routesThatOthersRemove() {
        Network left = one.network("mesh", "etcd", ETCD, "subnet", "10.50.0.0/24");
        Network middle = beside.network("mesh", "etcd", ETCD);
        Inhabitant a = one.container(left, "", "a");
        Inhabitant b = beside.container(middle, "", "b");
        String routes = one.space.output("sh", "-c", "ip route | grep '^10.50.0' | sort");
        assertEquals(4, routes.lines().count(), routes);
        one.space.shell("ip route del " + a.address() + " && ip route del " + b.address() + " && ip route del 10.50.0.0/24 && ip route del 10.50.0.0/24");
        eventually("they are there again", () -> one.space.output("sh", "-c", "ip route | grep '^10.50.0' | sort").equals(routes));
    }

    @Test
    void withoutEtcdThePortIsSaid() {
        String[] common = {"subnet", "10.50.0.0/24", OverlayPlan.VNI, "77"};
        Network left = network(one, "10.50.0.0/26", "4789", Wire.address(1) + ":4790=10.50.0.64/26," + Wire.address(2) + "=10.50.0.128/26", common);
        String others = Wire.address(1) + "=10.50.0.0/26," + Wire.address(2) + "=10.50.0.128/26";
        NetworkProblem taken = assertThrows(NetworkProblem.class, () -> network(beside, "10.50.0.64/26", "4789", others, common));
        assertTrue(taken.remedy().contains("port(…)"), taken.toString());
        Network middle = network(beside, "10.50.0.64/26", "4790", others.replace("=", ":4789="), common);
        Network right = network(two, "10.50.0.128/26", "4789", Wire.address(1) + "=10.50.0.0/26," + Wire.address(1) + ":4790=10.50.0.64/26", common);
        assertAllReachAll(List.of(one.container(left, "", "a"), beside.container(middle, "", "b"), two.container(right, "", "c")));
    }

    private static Network network(Host host, String range, String port, String peers, String... common) {
        String[] all = java.util.Arrays.copyOf(common, common.length + 6);
        System.arraycopy(new String[] {"ip-range", range, "data-path-port", port, "peers", peers}, 0, all, common.length, 6);
        return host.network("mesh", all);
    }
}
