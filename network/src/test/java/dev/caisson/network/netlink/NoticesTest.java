package dev.caisson.network.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.linux.Namespaces;
import dev.caisson.linux.Netlink;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.testkit.RequiresRoot;
import dev.caisson.testkit.hosts.NetworkSpace;
import dev.caisson.testkit.leak.LeakChecked;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the kernel says unasked, and what it keeps back. */
@Tag("host")
@RequiresRoot
@LeakChecked
class NoticesTest {
    private static final int RTNLGRP_LINK = 1;
    private static final int NEWLINK = 16;
    private static final int DELLINK = 17;

    /** What JNA opens once and keeps is not a test's leak. */
    @BeforeAll
    static void warmUp() {
        Namespaces.current(Namespaces.Kind.NET).close();
    }

    @Test
    void onlyTheTypesThatWereAskedFor() {
        try (NetworkSpace space = NetworkSpace.make()) {
            List<Answer> all = new ArrayList<>();
            List<Answer> removals = new ArrayList<>();
            space.in(() -> {
                try (Notices every = Notices.open(Netlink.NETLINK_ROUTE, new int[] {RTNLGRP_LINK}, NEWLINK, DELLINK);
                        Notices removed = Notices.open(Netlink.NETLINK_ROUTE, new int[] {RTNLGRP_LINK}, DELLINK); Conversation route = Conversation.open(Netlink.NETLINK_ROUTE)) {
                    route.one(Links.bridge("here", 0, new byte[] {2, 0, 0, 0, 0, 1}, 1500));
                    assertTrue(removed.drain(removals));
                    assertEquals(List.of(), removals);
                    route.one(Links.delete("here"));
                    assertTrue(every.drain(all) && removed.drain(removals));
                    return null;
                }
            });
            assertTrue(all.stream().anyMatch(a -> a.type() == NEWLINK), "the control");
            assertFalse(removals.isEmpty());
            assertTrue(removals.stream().allMatch(a -> a.type() == DELLINK));
        }
    }

    @Test
    void moreThanTheSocketHoldsIsSaid() {
        try (NetworkSpace space = NetworkSpace.make()) {
            boolean whole = space.in(() -> {
                try (Notices every = Notices.open(Netlink.NETLINK_ROUTE, new int[] {RTNLGRP_LINK}, NEWLINK, DELLINK); Conversation route = Conversation.open(Netlink.NETLINK_ROUTE)) {
                    dev.caisson.linux.Sockets.setsockopt(every.fd(), dev.caisson.linux.Sockets.SOL_SOCKET, 8, 4096); // SO_RCVBUF
                    for (int i = 0; i < 50; i++) {
                        route.one(Links.bridge("here", 0, new byte[] {2, 0, 0, 0, 0, 1}, 1500));
                        route.one(Links.delete("here"));
                    }
                    return every.drain(new ArrayList<>());
                }
            });
            assertFalse(whole);
        }
    }
}
