package dev.caisson.core.readiness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class ListeningSocketsTest {
    private static final String HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    @Test
    void onlyThoseThatListenThere() {
        String table = HEAD
                + "   0: 0100007F:1B58 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0\n"
                + "   1: 0100007F:1B58 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 100 0 0 10 0\n"
                + "   2: 00000000000000000000000000000000:1B58 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 4713 1 0 100\n"
                + "   3: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4714 1 0000000000000000 100 0 0 10 0\n";
        assertEquals(Set.of(4711L, 4713L), ListeningSockets.parse(table, 7000));
        assertEquals(Set.of(4714L), ListeningSockets.parse(table, 80));
    }

    @Property
    void everyPort(@ForAll @IntRange(min = 1, max = 65535) int port, @ForAll @LongRange(min = 1) long inode) {
        String line = String.format("   0: 0100007F:%04X 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 %d 1%n", port, inode);
        assertEquals(Set.of(inode), ListeningSockets.parse(HEAD + line, port));
        assertTrue(ListeningSockets.parse(HEAD + line, port % 65535 + 1).isEmpty());
    }

    @Property
    void garbageIsNoSocket(@ForAll String garbage) {
        ListeningSockets.parse(HEAD + garbage, 80);
    }
}
