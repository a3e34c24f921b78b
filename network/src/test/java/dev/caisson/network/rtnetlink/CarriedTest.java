package dev.caisson.network.rtnetlink;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.network.netlink.Answer;
import dev.caisson.network.netlink.Message;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** What is carried from one namespace to another: what the kernel lists, and garbage. Row 112. */
class CarriedTest {
    private static final int NEWADDR = 20;
    private static final int NEWROUTE = 24;

    private static Answer of(Message message) {
        return Answer.parse(message.encode(1)).get(0);
    }

    private static void read(Answer answer) {
        if (Carried.isAddress(answer, 7)) {
            Carried.address(answer.payload(), 9).encode(1);
            Carried.text(answer.payload());
        }
        if (Carried.isRoute(answer, 7)) {
            Carried.route(answer.payload(), 9).encode(1);
        }
    }

    @Test
    void onlyThatOfTheInterface() {
        Answer address = of(Routes.address(7, Prefix.parse("10.5.0.3/24")));
        assertTrue(Carried.isAddress(address, 7));
        assertFalse(Carried.isAddress(address, 8));
        assertTrue(Carried.isAddress(of(Carried.address(address.payload(), 8)), 8), "its number there is another");
        assertTrue(Carried.text(address.payload()).equals("10.5.0.3/24"));
        Answer route = of(Routes.route(Prefix.parse("10.6.0.0/24"), Prefix.parseAddress("10.5.0.1"), 7));
        assertTrue(Carried.isRoute(route, 7) && !Carried.isRoute(route, 8));
        assertTrue(Carried.isRoute(of(Carried.route(route.payload(), 8)), 8));
        assertTrue(Routes.parse(of(Carried.route(route.payload(), 8))).orElseThrow().equals(new Routes.Route(Prefix.parse("10.6.0.0/24"), 8)));
    }

    @Property(tries = 3000)
    void garbage(@ForAll @Size(max = 60) byte[] payload, @ForAll boolean route) {
        read(new Answer(route ? NEWROUTE : NEWADDR, 0, 0, payload));
    }

    @Property(tries = 5000)
    void damaged(@ForAll boolean route, @ForAll int at, @ForAll byte value, @ForAll int cut) {
        Answer whole = route ? of(Routes.route(Prefix.parse("10.6.0.0/24"), 1, 7)) : of(Routes6.address(7, Prefix6.parse("fd00::5/64")));
        byte[] payload = whole.payload().clone();
        payload[Math.floorMod(at, payload.length)] = value;
        read(new Answer(whole.type(), 0, 0, Arrays.copyOf(payload, Math.floorMod(cut, payload.length + 1))));
    }
}
