package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Engine;
import dev.caisson.NetworkProblem;
import dev.caisson.testkit.crash.RandomKill;
import dev.caisson.testkit.crash.RandomKill.Victim;
import dev.caisson.testkit.crash.ScenarioProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** {@code kill -9} of the JVM whose container has an interface of the host's: the guard brings it back. A veth, which its namespace would take with it, stands in for a card. */
@Timeout(180)
class KilledInterfaceTest extends NetworkTest {
    private static final int KILLS = 10;

    private Wire wire;
    private String before;

    @BeforeEach
    void wire() throws IOException {
        wire = new Wire();
        output("ip", "route", "add", "203.0.113.0/24", "via", Wire.THERE);
        output("ip", "-6", "route", "add", "2001:db8:9::/64", "via", Wire.THERE6);
        before = state("wire0");
        assertTrue(before.contains(Wire.HERE) && before.contains(Wire.HERE6) && before.contains("203.0.113.0/24 via") && before.contains("2001:db8:9::/64 via"), before);
    }

    @AfterEach
    void unplug() {
        wire.close();
    }

    /** With its number, addresses and routes. */
    private static String state(String device) {
        return output("sh", "-c", "ip -o addr show dev " + device + " scope global 2>/dev/null | sed 's/\\\\.*//' | sort; ip route show dev " + device + " 2>/dev/null; ip -6 route show dev "
                + device + " 2>/dev/null | grep -v fe80");
    }

    private ScenarioProcess start(String what) {
        return ScenarioProcess.start(InterfaceScenario.class, directory.resolve("home").toString(), directory.resolve("run2").toString(), root.path().toString(), what, "wire0");
    }

    private void isBack() {
        eventually("it is back with all it had: " + state("wire0"), PATIENCE, () -> state("wire0").equals(before));
        eventually("and works", PATIENCE, () -> output("busybox", "ping", "-c", "1", "-W", "1", Wire.THERE).contains("1 packets received"));
    }

    private void killed(String what) {
        try (ScenarioProcess jvm = start(what)) {
            jvm.awaitMark("ready", PATIENCE);
            assertEquals("", state("wire0"), "the control: the host has it no more");
            jvm.jvm().destroyForcibly();
            isBack();
        }
    }

    @Test
    void whileItRuns() {
        killed("runs");
        killed("runs");
    }

    /** The container's namespace is the JVM's alone then. */
    @Test
    void whenItsProcessHasEnded() {
        killed("ended");
    }

    @Test
    void whateverTheContainerDidToIt() {
        killed("hostile");
    }

    @Test
    void atAnyInstant() {
        long seed = Long.getLong("caisson.crash.seed", System.nanoTime());
        LoggerFactory.getLogger(KilledInterfaceTest.class).warn("seed: -Dcaisson.crash.seed={}", seed);
        Random random = new Random(seed);
        for (int i = 0; i < KILLS; i++) {
            try (ScenarioProcess jvm = start("again")) {
                jvm.awaitMark("has", PATIENCE);
                RandomKill.kill(jvm, Victim.JVM, Duration.ofMillis(150), random);
                isBack();
            }
        }
    }

    @Test
    void anotherHasItsNameMeanwhile() {
        try (ScenarioProcess jvm = start("runs")) {
            jvm.awaitMark("ready", PATIENCE);
            output("ip", "link", "add", "wire0", "type", "bridge");
            jvm.jvm().destroyForcibly();
            eventually("it works under another", PATIENCE, () -> output("busybox", "ping", "-c", "1", "-W", "1", Wire.THERE).contains("1 packets received"));
            assertTrue(output("ip", "-o", "-d", "link", "show", "wire0").contains("bridge"), "that one is left alone");
            output("ip", "link", "del", "wire0");
            String other = output("ip", "-o", "addr").lines().filter(l -> l.contains(Wire.HERE + "/24")).findFirst().orElseThrow().replaceFirst("^\\d+: (\\S+) .*", "$1");
            assertTrue(other.matches("dev\\d+"), other);
            output("sh", "-c", "ip link set " + other + " down; ip link set " + other + " name wire0; ip link set wire0 up");
        }
    }

    /** The guard lives on for those. */
    @Test
    void besideDetachedContainers() {
        try (ScenarioProcess jvm = start("detached")) {
            jvm.awaitMark("ready", PATIENCE);
            jvm.jvm().destroyForcibly();
            isBack();
        }
        try (Engine next = Engine.builder().root(directory.resolve("home")).runDirectory(directory.resolve("run2")).build()) {
            Container stays = next.containers().get(0);
            assertEquals("stays", stays.name());
            assertEquals(Container.State.RUNNING, stays.state());
            stays.remove();
        }
        isBack();
    }

    /** Then the namespace ends with its last process, and the kernel removes what is virtual. */
    @Test
    void withTheGuardThereIsNobodyLeft() {
        try (ScenarioProcess jvm = start("runs")) {
            jvm.awaitMark("ready", PATIENCE);
            List<ProcessHandle> guards = jvm.jvm().children().toList();
            assertEquals(1, guards.size());
            output("kill", "-STOP", "" + guards.get(0).pid());
            jvm.jvm().destroyForcibly();
            guards.get(0).destroyForcibly();
            eventually("the kernel has removed both ends", PATIENCE, () -> wire.there("ip", "link", "show", "wire1").isEmpty());
            assertEquals("", output("sh", "-c", "ip link show wire0 2>/dev/null"));
        }
        try (Engine next = Engine.builder().root(directory.resolve("home")).runDirectory(directory.resolve("run2")).build()) { // it sweeps the rest
            NetworkProblem missing = assertThrows(NetworkProblem.class, () -> next.rootfs(root.path()).command("/bin/true").hostInterface("wire0").run());
            assertTrue(missing.getMessage().contains("this host has none of that name"), missing.getMessage());
        }
    }
}
