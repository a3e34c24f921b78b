package dev.caisson.host.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.linux.Processes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** A guard holds so many sockets for a detached container: the last that fits is held, one more is refused by name, and leaves the container as it was. */
class DetachedPortsTest extends NetworkTest {
    /** With the two of the network there are as many as a guard holds. */
    private static final int MOST = 62;
    private static final int STOP = 19;
    private static final int CONT = 18;

    private ContainerBuilder publishing(int ports) {
        ContainerBuilder made = tiny().network("bridge").stopTimeout(Duration.ZERO).command(observer("sleep", "60"));
        for (int i = 0; i < ports; i++) {
            made.port(1000 + i);
        }
        return made;
    }

    @Test
    void asManyAsCanBeHeld() {
        try (Container most = publishing(MOST).detached().run()) {
            assertEquals(Container.State.RUNNING, most.state());
            most.remove();
        }
        refused(assertThrows(UnsupportedOnThisHost.class, () -> publishing(MOST + 1).detached().run()));
        try (Container more = publishing(MOST + 1).run()) {
            refused(assertThrows(UnsupportedOnThisHost.class, more::detach));
            assertEquals(Container.State.RUNNING, more.state());
        }
    }

    /** Another container may have its port as soon as it is removed: the guard that held it, too, has let it go by then. */
    @Test
    void aPortIsFreeWhenTheContainerIsRemoved() {
        Container first = publishing(1).detached().run();
        int port = first.port(1000);
        first.stop();
        List<Integer> guards = ProcessHandle.current().descendants().filter(p -> p.info().command().orElse("").startsWith("/memfd:caisson-guard")).map(p -> (int) p.pid()).toList();
        assertFalse(guards.isEmpty());
        CompletableFuture<Void> removed;
        guards.forEach(pid -> Processes.kill(pid, STOP));
        try {
            removed = CompletableFuture.runAsync(first::remove);
            assertThrows(TimeoutException.class, () -> removed.get(500, TimeUnit.MILLISECONDS), "the guard has heard nothing yet");
        } finally {
            guards.forEach(pid -> Processes.kill(pid, CONT));
        }
        removed.join();
        try (Container next = tiny().network("bridge").stopTimeout(Duration.ZERO).command(observer("sleep", "60")).port(port, 1000).run()) {
            assertEquals(port, next.port(1000));
        }
    }

    private static void refused(UnsupportedOnThisHost e) {
        assertTrue(e.getMessage().contains("65 sockets") && e.getMessage().contains("64 can be held"), e.getMessage());
    }
}
