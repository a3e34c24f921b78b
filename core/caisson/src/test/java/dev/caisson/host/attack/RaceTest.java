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
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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

    @Test
    void changesNeverFollowALinkOutOfTheUpperDirectory() throws Exception {
        try (Container container = swapping("/w", "echo x >/w/inside")) {
            Path upper = upper(container);
            boolean visible = false;
            for (int i = 0; i < 400; i++) {
                assertFalse(container.changes().stream().map(Change::path).anyMatch(p -> p.startsWith("/w/secret") || p.startsWith("/w/sub")));
            }
            for (int i = 0; i < 20_000 && !visible; i++) {
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
        try (Container container = swapping("/etc", "echo in:x:1:1::/:/bin/sh >/etc/passwd")) {
            for (int i = 0; i < 60; i++) {
                try {
                    container.exec("/bin/true").user("host").run();
                    found++;
                } catch (ContainerException noSuchUser) {
                    assertFalse(noSuchUser.getMessage().contains(canary.secret()));
                }
            }
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
        Set<String> seen = spied(tiny());
        assertTrue(seen.contains("/spied"), seen::toString);
        assertEquals(Set.of(), hosts(seen));
        assertFalse(hosts(spied(tiny().capAdd(Capability.SYS_PTRACE))).isEmpty());
    }

    private static Set<String> hosts(Set<String> seen) {
        return seen.stream().filter(s -> s.matches("/var/.*|/sys/.*|anon_inode.*|socket.*|/memfd.*")).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Where the descriptors and directories of all processes lead, as one of the container's sees it while others are executed. */
    private static Set<String> spied(ContainerBuilder builder) {
        String spy = "while :; do ls -l /proc/[0-9]*/fd /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/exe 2>/dev/null; done >/spied";
        try (Container container = builder.command("/bin/sh", "-c", spy).logDriver("none", Map.of()).run()) {
            for (int i = 0; i < 150; i++) {
                container.exec("/bin/true").run();
            }
            return container.exec("/bin/cat", "/spied").run().stdout().lines().filter(line -> line.contains(" -> ")).map(line -> line.replaceFirst(".* -> ", ""))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static Path upper(Container container) throws Exception {
        try (var all = Files.find(Path.of("/var/tmp"), 8, (p, a) -> p.endsWith(Path.of(container.id(), "upper")))) {
            return all.findFirst().orElseThrow();
        }
    }
}
