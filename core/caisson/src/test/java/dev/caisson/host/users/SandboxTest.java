package dev.caisson.host.users;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.Container;
import dev.caisson.ContainerTimeout;
import dev.caisson.Execution;
import dev.caisson.OutputLimitExceeded;
import dev.caisson.Rlimit;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import dev.caisson.linux.Landlock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** sandbox() as the code inside meets it. */
@Timeout(180)
class SandboxTest extends EngineTest {
    /** Until it listens, which the table of the kernel tells where that may be read, or has ended. */
    private static final String SERVE = "httpd -f -p 127.0.0.1:7000 & n=600; while kill -0 $! 2>/dev/null && ! busybox grep -q :1B58 /proc/net/tcp 2>/dev/null && [ $((n-=1)) -gt 0 ]; "
            + "do sleep 0.1; done; kill $! && echo served";

    @Test
    void nothingIsHeldAndNothingIsReachable() throws Exception {
        Observation seen = observe(tiny().sandbox(), "ids", "+", "caps", "+", "confinement", "+", "namespaces", "+", "limits", "+", "writable", "/", "/bin/observer", "/etc/hosts",
                "/proc/sys/kernel/core_pattern", "+", "write", "/tmp/x", "y", "+", "mknod", "/tmp/null", "c", "1", "3", "+", "mount-attempts", "+", "setuid-exec", "/bin/observer");
        for (String set : List.of("effective", "permitted", "inheritable", "bounding", "ambient")) {
            assertEquals(0, seen.hex("cap." + set), set);
        }
        assertEquals(1, seen.integer("no_new_privs"));
        assertEquals(2, seen.integer("seccomp"));
        for (String kind : List.of("user", "mnt", "pid", "net", "ipc", "uts", "cgroup")) {
            assertNotEquals(Files.readSymbolicLink(Path.of("/proc/self/ns/" + kind)).toString(), seen.get("ns." + kind));
        }
        assertFalse(seen.ok("writable./") || seen.ok("writable./bin/observer") || seen.ok("writable./proc/sys/kernel/core_pattern"));
        assertEquals("268435456:268435456", seen.get("rlimit.fsize"));
    }

    /** Row 62: raw packets are docker's default and no sandbox's; without the capability ping works still. */
    @Test
    void packetSocketsAreTheDefaultsAlone() {
        assertEquals("ok", observe(tiny(), "sockets").get("socket.packet"), "the control");
        Observation dropped = observe(tiny().capDrop(dev.caisson.Capability.NET_RAW), "sockets");
        for (Observation strict : List.of(observe(tiny().sandbox(), "sockets"), dropped)) {
            assertEquals("EPERM", strict.get("socket.packet"));
            assertEquals("EPERM", strict.get("socket.inet.raw"));
        }
        assertEquals("ok", dropped.get("socket.inet.ping"));
    }

    /** Another part of the kernel forbids it once more: the control is the same with everything else of the preset. */
    @Test
    void landlockForbidsTcpInsideAndForExecs() {
        assumeTrue(Landlock.abi() >= 4, "Landlock knows TCP from Linux 6.7 on");
        root.withShell().link("bin/httpd", "busybox");
        Execution control = tiny().userns(dev.caisson.UserNamespace.auto()).capDrop(dev.caisson.Capability.ALL).noNewPrivileges().networkNone()
                .command("/bin/sh", "-c", SERVE).execute();
        assertEquals("served\n", control.stdout(), control.stderr());
        Execution sandboxed = tiny().sandbox().command("/bin/sh", "-c", SERVE).execute();
        assertTrue(sandboxed.stderr().contains("Permission denied"), sandboxed.stdout() + sandboxed.stderr());
        assertEquals(List.of(), sandboxed.warnings());
        try (Container container = tiny().sandbox().command("/bin/sleep", "60").run()) {
            Execution exec = container.exec("/bin/sh", "-c", SERVE).run();
            assertTrue(exec.stderr().contains("Permission denied"), exec.stdout() + exec.stderr());
        }
    }

    /** What a program that behaves does still works: files moved to another directory, children, pipes. */
    @Test
    void aProgramThatBehavesNoticesNothing() {
        root.withShell();
        Execution e = tiny().sandbox().command("/bin/sh", "-c",
                "mkdir /tmp/a /tmp/b && echo x > /tmp/a/f && mv /tmp/a/f /tmp/b/g && cat /tmp/b/g && ln /tmp/b/g /tmp/a/h && (echo y | cat) && cd /tmp && ls -d .").execute();
        assertEquals(0, e.exitCode(), e.stderr());
        assertEquals("x\ny\n.\n", e.stdout());
    }

    @Test
    void theHostIsSeenButNotItsSecrets() {
        Execution e = engine.hostRoot().sandbox().command("/bin/sh", "-c",
                "id -u; ls /root /home | wc -l; cat /etc/shadow; test -e /usr/bin/env && echo usr; echo x > /etc/new; echo y > /tmp/new && cat /tmp/new; ls /proc | grep -c '^[0-9]'")
                .execute();
        List<String> lines = e.stdout().lines().toList();
        assertEquals("65534", lines.get(0), e.toString() + e.stderr());
        assertFalse(e.stdout().contains("root:"), "a line of /etc/shadow");
        assertTrue(lines.contains("usr") && lines.contains("y"), e.stdout());
        assertTrue(e.stderr().contains("/etc/new"), e.stderr());
        assertTrue(Integer.parseInt(lines.get(lines.size() - 1)) < 10, "its own processes alone: " + e.stdout());
        assertFalse(Files.exists(Path.of("/etc/new")));
    }

    @Test
    void itsLimitsHold() {
        root.withShell();
        assertTrue(tiny().sandbox().memory("16m").command(observer("eat", "64")).execute().oomKilled());
        assertTrue(observe(tiny().sandbox().pids(20), "bomb", "100").integer("forked") < 20);
        assertThrows(ContainerTimeout.class, () -> tiny().sandbox().timeout(Duration.ofMillis(300)).command("/bin/sleep", "60").execute());
        assertThrows(OutputLimitExceeded.class, () -> tiny().sandbox().outputLimit(1000).command(observer("flood", "100000")).execute());
        Execution big = tiny().sandbox().ulimit(Rlimit.FSIZE, 1 << 20, 1 << 20).command("/bin/sh", "-c", "dd if=/dev/zero of=/tmp/big bs=1M count=3 2>&1; ls -l /tmp/big").execute();
        assertFalse(big.stdout().contains("3145728"), big.stdout());
    }
}
