package dev.caisson.network.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.NetworkProblem;
import dev.caisson.network.overlay.Host.Inhabitant;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.spi.network.Network;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A host that is cut off and comes back, and an etcd that is away. */
class CutOffTest extends OverlayTest {
    private Network left;
    private Network right;
    private Inhabitant a;
    private Inhabitant b;

    @BeforeEach
    void connect() {
        left = one.network("mesh", "etcd", ETCD, "etcd-ttl", "2s");
        right = two.network("mesh", "etcd", ETCD, "etcd-ttl", "2s");
        a = one.container(left, "", "a");
        b = two.container(right, "", "b");
        eventually("they know each other", () -> b.resolves("a").size() == 1 && a.resolves("b").size() == 1);
    }

    private void compact() {
        String revision = etcd.call("kv/range", "{\"key\":\"AA==\"}").replaceFirst(".*\"revision\":\"(\\d+)\".*", "$1").strip();
        assertTrue(etcd.call("kv/compaction", "{\"revision\":\"" + revision + "\",\"physical\":true}").contains("header"));
    }

    /** The last byte of an address that nobody has, or had. */
    private static int free(Inhabitant... others) {
        return IntStream.range(2, 250).filter(i -> Arrays.stream(others).noneMatch(o -> o.address().endsWith("." + i))).findFirst().orElseThrow();
    }

    @Test
    void itsContainersAreForgottenAndComeBackWithTheirAddresses() {
        Inhabitant neighbour = one.container(left, "", "neighbour");
        assertTrue(b.reaches(a.address()));
        wire.plugged(1, false);
        eventually("forgotten over there", () -> b.resolves("a").isEmpty());
        assertTrue(a.reaches(neighbour.address()), "at home all is as it was");
        eventually("said", () -> one.problems(left).stream().anyMatch(p -> p.startsWith("etcd: ")));
        NetworkProblem refused = assertThrows(NetworkProblem.class, () -> one.container(left, "", "late"));
        assertTrue(refused.remedy().contains(ETCD), refused.getMessage());
        b.leave();
        Inhabitant c = two.container(right, Prefix.text(Prefix.parse(left.subnet()).address() + free(a, b, neighbour)), "c");
        compact();
        assertEquals(List.of(b.address()), a.resolves("b"), "it cannot know");
        wire.plugged(1, true);
        eventually("back, at its address", () -> c.resolves("a").equals(List.of(a.address())) && c.pings(a.address()));
        eventually("what happened meanwhile is known, although it was compacted", () -> a.resolves("b").isEmpty() && a.resolves("c").equals(List.of(c.address())));
        eventually("all is well", () -> one.problems(left).isEmpty());
        one.container(left, "", "late");
        eventually("and goes on", () -> c.resolves("late").size() == 1);
    }

    @Test
    void anAddressThatWasTakenMeanwhileIsAProblemUntilItIsFree() {
        wire.plugged(1, false);
        eventually("forgotten over there", () -> b.resolves("a").isEmpty());
        Inhabitant taker = two.container(right, a.address(), "taker");
        wire.plugged(1, true);
        eventually("said", () -> one.problems(left).stream().anyMatch(p -> p.contains("container a was given to container taker of host 192.168.77.12")));
        assertEquals(List.of(a.address()), b.resolves("taker"));
        taker.leave();
        eventually("its again", () -> b.resolves("a").equals(List.of(a.address())) && one.problems(left).isEmpty() && b.pings(a.address()));
    }

    @Test
    void withoutEtcdWhatIsConnectedStaysSo() {
        etcd.stop();
        eventually("said", () -> one.problems(left).size() == 1 && two.problems(right).size() == 1);
        assertTrue(a.reaches(b.address()) && b.reaches(a.address()));
        assertEquals(List.of(b.address()), a.resolves("b"));
        etcd.start();
        eventually("all is well", () -> one.problems(left).isEmpty() && two.problems(right).isEmpty());
        Inhabitant c = one.container(left, "", "c");
        eventually("and goes on", () -> b.resolves("c").equals(List.of(c.address())) && b.pings(c.address()));
    }

    /** Somebody deletes all of it. */
    @Test
    void whatIsDeletedIsSaidAgain() {
        etcd.call("kv/deleterange", "{\"key\":\"AA==\",\"range_end\":\"AA==\"}");
        eventually("said again", () -> b.resolves("a").equals(List.of(a.address())) && a.resolves("b").equals(List.of(b.address())) && b.pings(a.address()));
    }
}
