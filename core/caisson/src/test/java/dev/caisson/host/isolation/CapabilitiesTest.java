package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The five capability sets, by run and by exec. Rows 18, 19, 20, 59, 62. */
class CapabilitiesTest extends EngineTest {
    /** Docker's fourteen (moby, daemon/pkg/oci/caps/defaults.go), as /proc shows them. */
    private static final long DOCKER = mask(Capability.CHOWN, Capability.DAC_OVERRIDE, Capability.FSETID, Capability.FOWNER, Capability.MKNOD, Capability.NET_RAW,
            Capability.SETGID, Capability.SETUID, Capability.SETFCAP, Capability.SETPCAP, Capability.NET_BIND_SERVICE, Capability.SYS_CHROOT, Capability.KILL,
            Capability.AUDIT_WRITE);

    private static long mask(Capability... capabilities) {
        return Stream.of(capabilities).mapToLong(c -> 1L << c.number()).reduce(0, (a, b) -> a | b);
    }

    /** @param own permitted and effective; inheritable and ambient are always empty */
    private static void assertSets(long own, long bounding, Observation seen) {
        assertEquals(Long.toHexString(own), Long.toHexString(seen.hex("cap.permitted")), "permitted");
        assertEquals(Long.toHexString(own), Long.toHexString(seen.hex("cap.effective")), "effective");
        assertEquals(Long.toHexString(bounding), Long.toHexString(seen.hex("cap.bounding")), "bounding");
        assertEquals(0, seen.hex("cap.inheritable"), "inheritable");
        assertEquals(0, seen.hex("cap.ambient"), "ambient");
        assertEquals("0x0", seen.get("securebits"));
    }

    @Test
    void rootHasDockersFourteen() {
        assertEquals(0xa80425fbL, DOCKER);
        assertSets(DOCKER, DOCKER, observe(tiny(), "caps"));
    }

    @Test
    void anotherUserHasNone() {
        assertSets(0, DOCKER, observe(tiny().user("1000:1000"), "caps"));
        assertSets(0, DOCKER, observe(tiny().user("1000:1000").noNewPrivileges(), "caps"));
        assertSets(0, DOCKER, observe(tiny().user("app").seccompUnconfined(), "caps"));
    }

    @Test
    void someAreAddedAndDropped() {
        long changed = DOCKER & ~mask(Capability.NET_RAW, Capability.MKNOD) | mask(Capability.NET_ADMIN, Capability.SYS_PTRACE);
        assertSets(changed, changed, observe(tiny().capAdd(Capability.NET_ADMIN, Capability.SYS_PTRACE).capDrop(Capability.NET_RAW, Capability.MKNOD), "caps"));
        assertSets(0, mask(Capability.NET_ADMIN), observe(tiny().capDrop(Capability.ALL).capAdd(Capability.NET_ADMIN).user("1000"), "caps"));
    }

    @Test
    void allAreDropped() {
        assertSets(0, 0, observe(tiny().capDrop(Capability.ALL), "caps"));
        long one = mask(Capability.NET_BIND_SERVICE);
        assertSets(one, one, observe(tiny().capDrop(Capability.ALL).capAdd(Capability.NET_BIND_SERVICE), "caps"));
    }

    @Test
    void privilegedHasWhatTheEngineHolds() {
        long held = observeHost("caps").hex("cap.effective");
        assertTrue(Long.bitCount(held) > 14);
        assertSets(held, held, observe(tiny().privileged(), "caps"));
        assertSets(held, held, observe(tiny().capAdd(Capability.ALL), "caps"));
    }

    @Test
    void execHasTheContainersAndNoMore() {
        try (Container container = tiny().capDrop(Capability.NET_RAW).capAdd(Capability.SYS_PTRACE).command(observer("sleep", "60")).run()) {
            long own = DOCKER & ~mask(Capability.NET_RAW) | mask(Capability.SYS_PTRACE);
            assertSets(own, own, observeIn(container, "caps"));
            assertSets(0, own, observation(container.exec(observer("caps")).user("1000").run()));
            long held = observeHost("caps").hex("cap.effective");
            assertSets(held, held, observation(container.exec(observer("caps")).privileged().run()));
        }
    }

    @Test
    void droppedCapabilitiesAreMissed() {
        Observation with = observe(tiny(), "sockets", "+", "chown", "1000", "1000", "/etc/passwd", "+", "mknod", "/node", "c", "1", "3");
        assertTrue(with.ok("socket.inet.raw") && with.ok("chown./etc/passwd") && with.ok("mknod"), "the control: " + with.values());
        Observation without = observe(tiny().capDrop(Capability.NET_RAW, Capability.CHOWN, Capability.MKNOD), "sockets", "+", "chown", "1000", "1000", "/etc/passwd", "+", "mknod",
                "/node", "c", "1", "3");
        assertEquals("EPERM", without.get("socket.inet.raw"));
        assertEquals("EPERM", without.get("socket.packet"));
        assertEquals("EPERM", without.get("chown./etc/passwd"));
        assertEquals("EPERM", without.get("mknod"));
    }

    @Test
    void confinementIsAsAskedFor() {
        Observation plain = observe(tiny(), "confinement");
        assertEquals("2", plain.get("seccomp"), "SECCOMP_MODE_FILTER");
        assertEquals("0", plain.get("no_new_privs"));
        assertEquals("0000000000000000", plain.get("signals.blocked"));
        assertEquals("0000000000000000", plain.get("signals.ignored"), "the JDK's children ignore signals 32 and 33");
        assertEquals("0", plain.get("parent_death_signal"));
        assertEquals("1", observe(tiny().noNewPrivileges(), "confinement").get("no_new_privs"));
        assertEquals("2", observe(tiny().noNewPrivileges().user("1000"), "confinement").get("seccomp"));
        assertEquals("0", observe(tiny().seccompUnconfined(), "confinement").get("seccomp"), "the control");
        assertEquals("0", observe(tiny().privileged(), "confinement").get("seccomp"), "the control");
        try (Container container = tiny().noNewPrivileges().command(observer("sleep", "60")).run()) {
            Observation exec = observeIn(container, "confinement");
            assertEquals("2", exec.get("seccomp"));
            assertEquals("1", exec.get("no_new_privs"));
            assertEquals("0000000000000000", exec.get("signals.ignored"));
        }
    }
}
