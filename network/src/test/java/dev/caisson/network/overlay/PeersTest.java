package dev.caisson.network.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.network.rtnetlink.Prefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PeersTest {
    private static final int LOCAL = Prefix.parseAddress("192.168.77.11");
    private final Set<Member> reachable = new HashSet<>();
    private boolean broken;
    private final Peers peers = new Peers("mesh", LOCAL, 4789, new Far() {
        @Override
        public void add(Member member) {
            if (broken) {
                throw new IllegalStateException("no room");
            }
            assertTrue(reachable.add(member));
        }

        @Override
        public void remove(Member member) {
            assertTrue(reachable.remove(member));
        }
    });

    private static Member member(int number, int host, String... names) {
        return new Member(Prefix.parseAddress("10.50.0.0") + number, LOCAL + host, 4789, "c" + number, List.of(names));
    }

    @Test
    void namesAndAddressesComeAndGo() {
        peers.put(member(2, 1, "Web", "front"));
        peers.put(member(3, 2, "web"));
        assertEquals(List.of(member(2, 1).address(), member(3, 1).address()), peers.named("web"));
        peers.put(member(2, 2, "db"));
        assertEquals(List.of(member(3, 1).address()), peers.named("web"));
        assertEquals(Set.of(member(2, 2, "db"), member(3, 2, "web")), reachable);
        peers.drop(member(3, 2).address());
        peers.drop(member(3, 2).address());
        assertEquals(List.of(), peers.named("web"));
        peers.replace(List.of(member(5, 1, "x")), Map.of(member(9, 1).address(), "invalid"));
        assertEquals(Set.of(member(5, 1, "x")), reachable);
        assertEquals(List.of("10.50.0.9 is out of reach: invalid"), peers.problems());
    }

    @Test
    void whatCannotBeFollowedIsAProblemUntilItCan() {
        peers.put(member(2, 0, "spoofed"));
        assertEquals(List.of(), peers.named("spoofed"), "nobody else is in this engine");
        Member beside = new Member(member(4, 0).address(), LOCAL, 4790, "c4", List.of("beside"));
        peers.put(beside);
        assertTrue(reachable.contains(beside), "another engine of this host");
        peers.drop(beside.address());
        broken = true;
        peers.put(member(3, 1, "web"));
        assertTrue(peers.has(member(3, 1).address()) && peers.at(member(3, 1).address()).isEmpty() && peers.problems().size() == 2, peers.problems().toString());
        broken = false;
        peers.put(member(3, 1, "web"));
        peers.drop(member(2, 0).address());
        assertEquals(List.of(), peers.problems());
        assertEquals(Set.of(member(3, 1, "web")), reachable);
    }

    /** The kernel knows exactly what was said last. */
    @Property(tries = 500)
    void anyOrder(@ForAll @Size(max = 40) List<@IntRange(max = 95) Integer> steps) {
        reachable.clear();
        Map<Integer, Member> expected = new HashMap<>();
        PeersTest fresh = new PeersTest();
        for (int step : steps) {
            int number = 2 + step % 4;
            Member member = member(number, 1 + step / 4 % 3, "n" + step % 3);
            switch (step / 12 % 4) {
                case 0, 1 -> {
                    fresh.peers.put(member);
                    expected.put(member.address(), member);
                }
                case 2 -> {
                    fresh.peers.drop(member.address());
                    expected.remove(member.address());
                }
                default -> {
                    fresh.peers.replace(List.of(member), Map.of());
                    expected.clear();
                    expected.put(member.address(), member);
                }
            }
        }
        assertEquals(new HashSet<>(expected.values()), fresh.reachable);
        for (String name : List.of("n0", "n1", "n2")) {
            assertEquals(expected.values().stream().filter(m -> m.names().contains(name)).map(Member::address).sorted().toList(), new ArrayList<>(fresh.peers.named(name)).stream().sorted().toList());
        }
    }
}
