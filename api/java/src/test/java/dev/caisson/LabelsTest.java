package dev.caisson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Row 61: names of profiles and labels, which the kernel is given as they are. */
class LabelsTest {
    @ParameterizedTest
    @ValueSource(strings = {"docker-default", "/usr/bin/app", "a profile with spaces", "ns://p", "unconfined", "x"})
    void profiles(String name) {
        assertEquals(name, IdleEngine.image().apparmor(name).spec().security().labels().apparmor());
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "a\nb", "a\0b", " a", "a ", "a\tb", "ä"})
    void whatIsNoProfile(String name) {
        InvalidSpec e = assertThrows(InvalidSpec.class, IdleEngine.image().apparmor(name)::spec);
        assertTrue(e.getMessage().contains("apparmor(") && e.getMessage().chars().noneMatch(c -> c < 32), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"u:r:t", "system_u:system_r:container_t:s0", "u:r:t:s0:c1,c2", "u:r:t:s0-s0:c0.c1023"})
    void labels(String label) {
        assertEquals(label, IdleEngine.image().selinux(label).spec().security().labels().selinux());
    }

    @ParameterizedTest
    @ValueSource(strings = {"t", "type:container_t", "u:r:", "u:r:t:", "u:r:t s0", "u:r:t\n", "disable"})
    void whatIsNoLabel(String label) {
        assertThrows(InvalidSpec.class, IdleEngine.image().selinux(label)::spec);
    }

    @Test
    void aFirstProcessOfTheEnginesWouldHaveNone() {
        assertThrows(InvalidSpec.class, IdleEngine.image().init().apparmor("p")::spec);
        assertThrows(InvalidSpec.class, IdleEngine.image().init().selinux("u:r:t")::spec);
        assertTrue(IdleEngine.image().init().apparmor("unconfined").spec().process().init());
    }
}
