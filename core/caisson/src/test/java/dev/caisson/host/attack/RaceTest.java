package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Capability;
import dev.caisson.Change;
import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerException;
import dev.caisson.Execution;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.Canary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Invariant 1, rows 2, 16, 42 and 91: a container swaps directories for links to the host while the engine looks at them by name. */
class RaceTest extends EngineTest {
    private Canary canary;

    @BeforeEach
    void plant() {
        root.withShell();
        canary = Canary.plant(directory.resolve("canary"));
    }

    /** Two processes that make {@code what} a directory and a link to the canary by turns, for as long as the container lives. */
    private Container swapping(String what, String content) {
        String loop = "while :; do mkdir -p " + what + " && " + content + "; rm -rf " + what + "; ln -s " + canary.path() + " " + what + " 2>/dev/null; rm -rf " + what + "; done";
        return tiny().command("/bin/sh", "-c", "(" + loop + ")& (" + loop + ")& wait").logDriver("none", Map.of()).run();
    }

    /** A process that exchanges one thing for another, as fast as the kernel lets it: several times in the shortest of windows. */
    private Container exchanging(String prepare, String one, String other) {
        return tiny().command("/bin/sh", "-c", prepare + "; exec " + String.join(" ", observer("exchange", one, other))).run();
    }

    private static void ready(Container container) {
        eventually("it exchanges", Duration.ofSeconds(30), () -> container.logs().contains("ready"));
    }

    @Test
    void changesNeverFollowALinkOutOfTheUpperDirectory() throws Exception {
        try (Container container = exchanging("mkdir /w; echo x >/w/inside; ln -s " + canary.path() + " /x", "/w", "/x")) {
            ready(container);
            Path upper = upper(container);
            int inside = 0;
            long last = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            for (int i = 0; i < 1000 || inside == 0 && System.nanoTime() < last; i++) { // on a busy machine the container may stand still all the while
                List<String> paths = container.changes().stream().map(Change::path).toList();
                assertTrue(paths.stream().noneMatch(p -> p.matches("/[wx]/(secret|sub).*")), paths::toString);
                inside += paths.contains("/w/inside") || paths.contains("/x/inside") ? 1 : 0;
            }
            assertTrue(inside > 0, "the control: it looks inside");
            boolean visible = false;
            for (long end = System.nanoTime() + Duration.ofSeconds(30).toNanos(); !visible && System.nanoTime() < end;) {
                visible = Files.exists(upper.resolve("w/secret")); // the control: whoever resolves by string is led out
            }
            assertTrue(visible, "the race was one");
        }
        canary.assertUntouched();
    }

    @Test
    void anExecFindsItsUserAndDirectoryInsideOnly() throws Exception {
        Files.writeString(canary.path().resolve("passwd"), "host:x:4242:4242::/:/bin/sh\n");
        Canary again = Canary.of(canary.path());
        int found = 0;
        try (Container container = exchanging("echo in:x:1:1::/:/bin/sh >/etc/passwd; ln -s " + canary.path() + "/passwd /etc/p", "/etc/passwd", "/etc/p")) {
            ready(container);
            int own = 0;
            long last = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            for (int i = 0; i < 200 || own == 0 && System.nanoTime() < last; i++) {
                try {
                    container.exec("/bin/true").user(i % 2 == 0 ? "host" : "in").run();
                    found += i % 2 == 0 ? 1 : 0;
                    own += i % 2;
                } catch (ContainerException noSuchUser) {
                    assertFalse(noSuchUser.getMessage().contains(canary.secret()));
                }
            }
            assertTrue(own > 0, "the control: its own is found there, now and then");
        }
        try (Container container = swapping("/w", "true")) {
            for (int i = 0; i < 60; i++) {
                try {
                    Execution run = container.exec("/bin/sh", "-c", "ls; pwd").workdir("/w").run();
                    assertFalse(run.stdout().contains("secret"), run::stdout);
                } catch (ContainerException gone) {
                    // it was a link to nowhere
                }
            }
        }
        assertEquals(0, found);
        again.assertUntouched();
    }

    @Test
    void removalDoesNotMindAWriter() {
        for (int i = 0; i < 10; i++) {
            Container container = swapping("/w", "mkdir -p /w/a/b/c/d /w/e/f; touch /w/a/1 /w/a/b/2 /w/e/f/3");
            pause(20);
            container.close();
        }
        canary.assertUntouched();
    }

    /** Rows 2 and 12: what an exec holds before it becomes the program. The control is a container that may look, which shows that there was something to be seen. */
    @Test
    void nothingOfTheHostsIsSeenInAnExecThatStarts() {
        Set<String> seen = spied(tiny(), all -> all.contains("/spied"));
        assertTrue(seen.contains("/spied"), seen::toString);
        assertEquals(Set.of(), hosts(seen));
        assertFalse(hosts(spied(tiny().capAdd(Capability.SYS_PTRACE), all -> !hosts(all).isEmpty())).isEmpty());
    }

    private static Set<String> hosts(Set<String> seen) {
        return seen.stream().filter(s -> s.matches("/var/.*|/sys/.*|anon_inode.*|socket.*|/memfd.*")).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Where the descriptors and directories of all processes lead, as one of the container's sees it while others are executed; many more of them, if need be, until it has seen enough. */
    private static Set<String> spied(ContainerBuilder builder, Predicate<Set<String>> enough) {
        String spy = "while :; do ls -l /proc/[0-9]*/fd /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/exe 2>/dev/null; done >/spied";
        try (Container container = builder.command("/bin/sh", "-c", spy).logDriver("none", Map.of()).run()) {
            Set<String> seen = new TreeSet<>();
            for (int round = 0; round == 0 || round < 20 && !enough.test(seen); round++) {
                for (int i = 0; i < 150; i++) {
                    container.exec("/bin/true").run();
                }
                container.exec("/bin/cat", "/spied").run().stdout().lines().filter(line -> line.contains(" -> ")).map(line -> line.replaceFirst(".* -> ", "")).forEach(seen::add);
            }
            return seen;
        }
    }

    private Path upper(Container container) throws Exception {
        try (var all = Files.find(directory.resolve("engine"), 5, (p, a) -> p.endsWith(Path.of(container.id(), "upper")))) {
            return all.findFirst().orElseThrow();
        }
    }
}
