package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Container.State;
import dev.caisson.Engine;
import dev.caisson.testkit.crash.ScenarioProcess;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Faults F3 and F19 with bridged containers: whoever dies whenever, the next engine finds each of them whole or not at all, and with the last one all is gone. */
@Timeout(900)
class DetachedAttackTest extends NetworkTest {
    private static final Duration START = Duration.ofSeconds(60);
    private static final int KILLS = 12;
    private static final int RACES = 4;

    private final int first = freePort();
    private final int second = freePort();
    private Path home;

    @BeforeEach
    void furnish() {
        home = directory.resolve("home");
    }

    private Engine next() {
        return Engine.builder().root(home.resolve("engine")).runDirectory(home.resolve("run")).build();
    }

    /** The next, or one some moments later: what was not detached goes within two seconds, and its name with it. */
    private Engine settled() {
        AtomicReference<Engine> found = new AtomicReference<>();
        eventually("each name is a container's", PATIENCE, () -> {
            Engine engine = next();
            boolean each = List.of("one", "two").stream().allMatch(name -> engine.containers().find(name).isPresent() == Files.isSymbolicLink(home.resolve("engine/names/" + name)));
            if (each) {
                found.set(engine);
            } else {
                engine.close();
            }
            return each;
        });
        return found.get();
    }

    private ScenarioProcess scenario(String last) {
        return ScenarioProcess.start(DetachedAttackScenario.class, home.resolve("engine").toString(), home.resolve("run").toString(), root.path().toString(), last, "" + first, "" + second);
    }

    private static void kill(ScenarioProcess jvm) {
        jvm.jvm().destroyForcibly();
        jvm.waitFor(START);
    }

    private static String tables() {
        return output("nft", "list", "tables");
    }

    private static String links() {
        return output("ip", "-o", "link");
    }

    private void nothingIsLeft() {
        eventually(() -> "no interface is left, are " + links(), PATIENCE, () -> !links().contains("csn"));
        eventually(() -> "no table is left, are " + tables(), PATIENCE, () -> !tables().contains("caisson_"));
        for (int port : List.of(first, second)) {
            eventually("port " + port + " is free", PATIENCE, () -> {
                try (ServerSocket mine = new ServerSocket(port)) {
                    return mine.isBound();
                } catch (IOException e) {
                    return false;
                }
            });
        }
    }

    @Test
    void killedAtAnyInstant() throws IOException {
        long seed = Long.getLong("caisson.crash.seed", System.nanoTime());
        LoggerFactory.getLogger(DetachedAttackTest.class).warn("seed: -Dcaisson.crash.seed={}", seed);
        Random random = new Random(seed);
        int found = 0;
        for (int i = 0; i < KILLS || found == 0 && i < 10 * KILLS; i++) { // some are killed before they have anything
            try (ScenarioProcess jvm = scenario(Long.toString(random.nextLong()))) {
                jvm.awaitMark(i % 3 == 2 ? "begins" : "opened", START); // a third while it takes over
                pause(random.nextInt(i % 3 == 2 ? 600 : 1500));
                assertTrue(jvm.jvm().isAlive(), () -> "it ended before: " + jvm.waitFor(START).output());
                kill(jvm);
            }
            if (i % 2 == 1) { // else the next JVM of the kind has what this one left
                found += check(i % 4 == 3, i);
            }
        }
        assertTrue(found > 0, "the control: something outlived its JVM");
        check(true, KILLS);
    }

    /** @param removing whether none is to be left @return how many there were */
    private int check(boolean removing, int after) throws IOException {
        int found;
        try (Engine engine = settled()) {
            List<Container> all = List.copyOf(engine.containers());
            found = all.size();
            for (String name : List.of("one", "two")) {
                List<Container> named = all.stream().filter(c -> c.name().equals(name)).toList();
                assertTrue(named.size() < 2, () -> "after " + after + ": " + named);
                for (Container each : named) {
                    whole(each, name, "after " + after + ": ");
                    if (removing) {
                        each.remove();
                    }
                }
                if (named.isEmpty()) { // nobody has its name, its port
                    try (Container mine = DetachedAttackScenario.web(engine, root.path(), name).port(port(name), 80).run()) {
                        serves(mine, name, "after " + after + ", a new one: ");
                    }
                }
            }
        }
        if (removing) {
            nothingIsLeft();
            try (Engine engine = next()) {
                assertEquals(List.of(), List.copyOf(engine.containers()), "after " + after);
                eventually("after " + after + " the directories of dead engines are swept", PATIENCE, () -> home.resolve("engine/engines").toFile().list().length == 1);
            }
        }
        return found;
    }

    private int port(String name) {
        return name.equals("two") ? second : first;
    }

    private void whole(Container container, String name, String when) {
        State state = container.state();
        assertTrue(state == State.RUNNING || state == State.EXITED, when + container + " is " + state);
        if (state == State.EXITED) {
            container.start();
        }
        serves(container, name, when);
        container.restart();
        serves(container, name, when + "restarted, ");
        assertEquals(0, container.exec("/bin/observer", "true").run().exitCode());
    }

    private void serves(Container container, String name, String when) {
        eventually(() -> when + name + " answers at its port", PATIENCE, () -> get("127.0.0.1:" + port(name)).equals(name));
        assertEquals(port(name), container.port(80));
    }

    /** Two JVMs come at the same moment: one has it, the other says who. */
    @Test
    void ofTwoJvmsOneGetsIt() throws IOException {
        try (Engine maker = next()) {
            DetachedAttackScenario.web(maker, root.path(), "one").port(first, 80).detached().run();
        }
        for (int i = 0; i < RACES; i++) {
            Path go = directory.resolve("go-" + i);
            try (ScenarioProcess a = scenario(go.toString()); ScenarioProcess b = scenario(go.toString())) {
                a.awaitMark("ready", START);
                b.awaitMark("ready", START);
                Files.createFile(go);
                eventually(() -> "both are open: " + a.marks() + b.marks(), START, () -> a.marks().size() > 1 && b.marks().size() > 1);
                assertEquals(List.of("has-0", "has-1"), java.util.stream.Stream.of(a, b).map(jvm -> jvm.marks().get(1)).sorted().toList());
                ScenarioProcess winner = a.marks().contains("has-1") ? a : b;
                ScenarioProcess other = winner == a ? b : a;
                assertEquals("one", get("127.0.0.1:" + first));
                long pid = winner.jvm().pid();
                kill(winner);
                other.jvm().destroyForcibly();
                String said = other.waitFor(START).output();
                assertTrue(said.contains("belongs to the JVM with pid " + pid), said);
            }
        }
        try (Engine last = next()) {
            Container one = last.containers().find("one").orElseThrow();
            whole(one, "one", "after the races: ");
            one.remove();
        }
        nothingIsLeft();
    }
}
