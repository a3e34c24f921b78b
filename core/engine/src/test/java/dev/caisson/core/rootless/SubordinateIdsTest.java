package dev.caisson.core.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.UserNamespace;
import dev.caisson.core.rootless.SubordinateIds.Block;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class SubordinateIdsTest {
    @Example
    void linesOfTheUserByNameAndByNumber() {
        String file = "other:1:5\nme:100000:65536\n# me:7:7\nme :3:3\n1000:300000:10\nme:200000:1\n";
        assertEquals(List.of(new Block(100_000, 65_536), new Block(300_000, 10), new Block(200_000, 1)), SubordinateIds.of(file, "me", 1000));
    }

    @Example
    void whatIsMalformedGivesNothing() {
        for (String line : List.of("me", "me:1", "me:1:2:3", "me::5", "me:5:", "me:-1:5", "me:5:0", "me:0:5", "me:4294967295:1", "me:4294967290:6", "me:99999999999:1",
                "me:1x:5", ":1:5", "me:+1:5")) {
            assertEquals(List.of(), SubordinateIds.of(line, "me", 1000), line);
        }
        assertEquals(List.of(new Block(4_294_967_290L, 5)), SubordinateIds.of("me:4294967290:5", "me", 1000));
    }

    /** A range that somebody else has is never proposed. */
    @Example
    void theRemedyGivesWhatNobodyHas() {
        String users = "root:50000:10\nother:100000:65536\nmalformed:9\n";
        assertEquals("usermod --add-subuids 165536-231071 --add-subgids 165536-231071 me", IdsRemedy.range("me", 1000, users, "other:100000:9\n"));
        assertEquals("usermod --add-subuids 300010-365545 --add-subgids 300010-365545 me", IdsRemedy.range("me", 1000, users, "x:300000:10\n"));
        assertEquals("usermod --add-subuids 100000-165535 --add-subgids 100000-165535 me", IdsRemedy.range("me", 1000, "", ""));
        assertEquals("echo 1000:165536:65536 | tee -a /etc/subuid /etc/subgid", IdsRemedy.range("?", 1000, users, ""));
        assertTrue(IdsRemedy.refused(true).contains("NoNewPrivileges=yes") && IdsRemedy.refused(false).contains("chmod u+s"));
    }

    /** Whatever the file holds: blocks of ids that are there. */
    @Property
    void anyTextIsRead(@ForAll String file, @ForAll String name, @ForAll @IntRange(min = 1) int uid) {
        for (Block block : SubordinateIds.of(file + "\n" + name + ":" + uid + ":3\n", name, uid)) {
            assertTrue(block.first() > 0 && block.size() > 0 && block.first() + block.size() - 1 <= 0xffff_fffeL, block::toString);
        }
    }

    /** Every subordinate id is somebody inside, in the order of the file, and root is the caller. */
    @Property
    void everyIdHasItsPlace(@ForAll @IntRange(min = 1, max = 9999) int own, @ForAll @Size(min = 1, max = 6) List<@IntRange(min = 1, max = 9) Integer> sizes) {
        StringBuilder file = new StringBuilder();
        long first = 10_000;
        for (int size : sizes) {
            file.append("me:").append(first).append(':').append(size).append('\n');
            first += size + 5;
        }
        List<UserNamespace.Range> ranges = IdMaps.ranges(own, SubordinateIds.of(file.toString(), "me", own));
        UserNamespace.Mapped maps = new UserNamespace.Mapped(ranges, ranges);
        assertEquals(own, maps.user(0));
        long inside = 1;
        first = 10_000;
        for (int size : sizes) {
            for (int i = 0; i < size; i++) {
                assertEquals(first + i, maps.user(inside++));
            }
            first += size + 5;
        }
        assertEquals(-1, maps.user(inside));
    }
}
