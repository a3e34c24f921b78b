package dev.caisson.network.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.network.netlink.Answer;
import dev.caisson.network.rtnetlink.Links;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Which notices of the kernel's make a guardian look. */
class RemovalsTest {
    private static Answer notice(int type, String name) {
        byte[] request = Links.up(name).encode(1);
        ByteBuffer.wrap(request).order(ByteOrder.nativeOrder()).putShort(4, (short) type);
        return Answer.parse(request).get(0);
    }

    @Test
    void ofLinksOnlyOurs() {
        for (int type : new int[] {Removals.NEWLINK, Removals.DELLINK}) {
            assertTrue(Removals.onHost(notice(type, "csnabc"), "csnabc"));
            assertFalse(Removals.onHost(notice(type, "csnabcd"), "csnabc"));
        }
        assertFalse(Removals.onHost(notice(Removals.NEWROUTE, "any"), "csnabc"));
        assertTrue(Removals.onHost(new Answer(Removals.NEWROUTE, 0x100, 0, new byte[0]), "csnabc"), "one was replaced");
        assertTrue(Removals.inRouter(notice(Removals.DELLINK, "bridge7")));
        assertTrue(Removals.inRouter(notice(Removals.DELLINK, "uplink")));
        assertFalse(Removals.inRouter(notice(Removals.DELLINK, "c7")), "containers end all the time");
        assertFalse(Removals.inRouter(notice(Removals.NEWLINK, "bridge7")));
    }

    @Property(tries = 2000)
    void garbageIsNoRemoval(@ForAll short type, @ForAll byte[] payload) {
        int kind = Short.toUnsignedInt(type);
        Answer garbage = new Answer(kind, 0, 0, payload);
        Removals.inRouter(garbage);
        boolean any = kind == Removals.DELADDR || kind == Removals.DELROUTE || kind == Removals.NEWNETCONF;
        assertEquals(any, Removals.onHost(garbage, "csnabc"));
        Removals.onHost(new Answer(Removals.DELLINK, 0, 0, Arrays.copyOf(payload, payload.length)), "csnabc");
    }
}
