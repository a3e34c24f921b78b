package dev.caisson.core.security;

import static dev.caisson.Capability.ALL;
import static dev.caisson.Capability.CHOWN;
import static dev.caisson.Capability.NET_ADMIN;
import static dev.caisson.Capability.NET_RAW;
import static dev.caisson.Capability.SYS_ADMIN;
import static dev.caisson.Capability.SYS_RESOURCE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Capability;
import dev.caisson.InvalidSpec;
import dev.caisson.core.security.CapabilitySets.Request;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Rows 19 and 20 of the attack table. */
class CapabilitySetsTest {
    /** All but SYS_RESOURCE. */
    private static final long HELD = 0x1fffeffffffL;
    private static final long DOCKER = 0xa80425fbL;

    private static CapabilitySets of(List<Capability> add, List<Capability> drop, boolean root) {
        return CapabilitySets.of(new Request(add, drop, false, List.of()), HELD, root);
    }

    private static long bit(Capability capability) {
        return 1L << capability.number();
    }

    @Test
    void dockersFourteenForRoot() {
        assertEquals(new CapabilitySets(DOCKER, DOCKER, DOCKER, 0, 0), of(List.of(), List.of(), true));
    }

    @Test
    void anotherUserHasTheBoundingSetOnly() {
        assertEquals(new CapabilitySets(DOCKER, 0, 0, 0, 0), of(List.of(), List.of(), false));
    }

    @Test
    void dockersOrderOfAddAndDrop() {
        assertEquals(bit(NET_ADMIN), of(List.of(NET_ADMIN), List.of(ALL), true).bounding());
        assertEquals(HELD & ~bit(NET_RAW), of(List.of(ALL), List.of(NET_RAW), true).bounding());
        assertEquals(HELD, of(List.of(ALL), List.of(ALL), true).bounding());
        assertEquals(0, of(List.of(), List.of(ALL), true).bounding());
        assertEquals(DOCKER & ~bit(CHOWN) | bit(SYS_ADMIN), of(List.of(SYS_ADMIN), List.of(CHOWN), true).bounding());
        assertEquals(DOCKER, of(List.of(CHOWN), List.of(CHOWN), true).bounding());
    }

    @Test
    void privilegedIsEverythingThatIsHeld() {
        Request request = new Request(List.of(), List.of(ALL), true, List.of());
        assertEquals(new CapabilitySets(HELD, HELD, HELD, 0, 0), CapabilitySets.of(request, HELD, true));
        assertEquals(new CapabilitySets(HELD, 0, 0, 0, 0), CapabilitySets.of(request, HELD, false));
    }

    @Test
    void whatIsNotHeldCannotBeGiven() {
        InvalidSpec problem = assertThrows(InvalidSpec.class, () -> of(List.of(SYS_RESOURCE, ALL), List.of(), true));
        assertTrue(problem.getMessage().contains("capAdd(SYS_RESOURCE)") && problem.remedy().contains("CAP_SYS_RESOURCE"), problem.getMessage());
        assertEquals(2, CapabilitySetsTest.<InvalidSpec>thrown(() -> CapabilitySets.of(
                new Request(List.of(SYS_ADMIN, NET_ADMIN), List.of(), false, List.of()), 0, true)).problems().size());
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> T thrown(org.junit.jupiter.api.function.Executable executable) {
        return (T) assertThrows(Throwable.class, executable);
    }

    @Test
    void ambientOnlyByNameAndWithinTheBoundingSet() {
        Request request = new Request(List.of(), List.of(), false, List.of(NET_RAW));
        long raw = bit(NET_RAW);
        assertEquals(new CapabilitySets(DOCKER, raw, raw, raw, raw), CapabilitySets.of(request, HELD, false));
        assertEquals(new CapabilitySets(DOCKER, DOCKER, DOCKER, raw, raw), CapabilitySets.of(request, HELD, true));
        assertThrows(InvalidSpec.class, () -> CapabilitySets.of(new Request(List.of(), List.of(), false, List.of(SYS_ADMIN)), HELD, true));
    }

    /** capset(2) and PR_CAP_AMBIENT_RAISE would refuse anything else. */
    @Property
    void setsAreWithinOneAnother(@ForAll List<Capability> add, @ForAll List<Capability> drop, @ForAll boolean privileged, @ForAll boolean root,
            @ForAll long held) {
        try {
            CapabilitySets sets = CapabilitySets.of(new Request(add, drop, privileged, List.of()), held, root);
            assertEquals(0, sets.bounding() & ~held);
            assertEquals(0, sets.permitted() & ~sets.bounding());
            assertEquals(sets.permitted(), sets.effective());
            assertEquals(0, sets.inheritable() | sets.ambient());
            assertTrue(root || sets.permitted() == 0);
        } catch (InvalidSpec e) {
            assertTrue(add.stream().anyMatch(c -> c != ALL && (held >>> c.number() & 1) == 0));
        }
    }
}
