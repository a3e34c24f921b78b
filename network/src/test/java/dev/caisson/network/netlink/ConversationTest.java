package dev.caisson.network.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.linux.Fd;
import dev.caisson.linux.NamespaceThread;
import dev.caisson.linux.Namespaces;
import dev.caisson.linux.Netlink;
import dev.caisson.network.rtnetlink.Links;
import dev.caisson.testkit.RequiresRoot;
import dev.caisson.testkit.leak.LeakChecked;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The kernel's side of the talk, in a network namespace of the test's. Row 112. */
@Tag("host")
@RequiresRoot
@LeakChecked
class ConversationTest {
    /** What JNA opens once and keeps is not a test's leak. */
    @BeforeAll
    static void warmUp() {
        Namespaces.current(Namespaces.Kind.NET).close();
    }

    private static final int ENODEV = 19;
    private static final byte[] MAC = {2, 0x42, 10, 0, 0, 1};

    private interface Work {
        void run(Fd namespace, Conversation route) throws Exception;
    }

    private static void inside(Work work) throws Exception {
        Thread[] maker = new Thread[1];
        Object[] made = new Object[2];
        maker[0] = new Thread(() -> {
            Namespaces.unshare(Namespaces.Kind.NET.flag());
            made[0] = Namespaces.current(Namespaces.Kind.NET);
            made[1] = Conversation.open(Netlink.NETLINK_ROUTE);
        });
        maker[0].start();
        maker[0].join();
        try (Fd namespace = (Fd) made[0]; Conversation route = (Conversation) made[1]) {
            work.run(namespace, route);
        }
    }

    private static List<String> names(Conversation route) {
        return route.dump(Links::list).stream().map(Links::parse).flatMap(Optional::stream).map(Links.Link::name).toList();
    }

    /** Interfaces come and go by the hundred: every list has those that stay, once each. */
    @Test
    void aListWhileInterfacesComeAndGo() throws Exception {
        inside((namespace, route) -> {
            for (int i = 0; i < 50; i++) {
                route.one(Links.bridge("stays" + i, 0, MAC, 1500));
            }
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger changes = new AtomicInteger();
            try (NamespaceThread thread = new NamespaceThread(Namespaces.Kind.NET); Conversation other = thread.call(namespace, () -> Conversation.open(Netlink.NETLINK_ROUTE))) {
                Thread flood = new Thread(() -> {
                    while (!over.get()) {
                        other.one(Links.bridge("goes", 0, MAC, 1500));
                        other.one(Links.delete("goes"));
                        changes.incrementAndGet();
                    }
                });
                flood.start();
                for (int i = 0; i < 100 || changes.get() < 5; i++) {
                    List<String> listed = names(route);
                    assertEquals(50, listed.stream().filter(n -> n.startsWith("stays")).count());
                    assertEquals(listed.size(), listed.stream().distinct().count(), listed.toString());
                }
                over.set(true);
                flood.join();
            }
        });
    }

    @Test
    void anErrorIsOfItsRequestAndTheNextIsAnswered() throws Exception {
        inside((namespace, route) -> {
            NetlinkRefusal refused = assertThrows(NetlinkRefusal.class, () -> route.request(List.of(Links.bridge("one", 0, MAC, 1500), Links.delete("none"),
                    Links.bridge("two", 0, MAC, 1500)), false));
            assertEquals(ENODEV, refused.errno());
            assertTrue(refused.getMessage().contains("remove the interface none"), refused.getMessage());
            assertTrue(names(route).containsAll(List.of("one", "two")));
        });
    }
}
