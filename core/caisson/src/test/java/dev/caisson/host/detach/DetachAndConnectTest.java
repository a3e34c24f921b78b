package dev.caisson.host.detach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.Engine;
import dev.caisson.EngineProblem;
import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.network.AttachRequest;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.Held;
import dev.caisson.spi.network.NamespaceRef;
import dev.caisson.spi.network.Network;
import dev.caisson.spi.network.NetworkDriver;
import dev.caisson.spi.network.NetworkProvider;
import dev.caisson.spi.network.NetworkSpec;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A container comes to a network while it is detached: it is on it for whoever takes it over, or never was. */
@Timeout(180)
class DetachAndConnectTest extends DetachedTest {
    private final CountDownLatch holding = new CountDownLatch(1);
    private volatile CompletableFuture<Void> connected = new CompletableFuture<>();

    /** Does nothing, and takes its time to say what is to be held. */
    private final class Slow implements NetworkDriver {
        @Override
        public String name() {
            return "slow";
        }

        @Override
        public NamespaceKind namespace() {
            return NamespaceKind.PRIVATE;
        }

        @Override
        public Network create(NetworkSpec spec) {
            return new Network(spec.id(), spec.name(), "", "", false);
        }

        @Override
        public void remove(Network network) { }

        @Override
        public Attachment attach(AttachRequest request, NamespaceRef namespace) {
            return new Attachment(request.containerId(), request.network().id(), List.of(), List.of(), "", List.of());
        }

        @Override
        public boolean outlives() {
            return true;
        }

        @Override
        public Held hold(Attachment attachment) {
            holding.countDown();
            try {
                connected.get(1, TimeUnit.SECONDS);
            } catch (InterruptedException | ExecutionException | java.util.concurrent.TimeoutException e) {
                // it waits for us, or was refused
            }
            return new Held(List.of(), List.of(), List.of());
        }

        @Override
        public void detach(Attachment attachment) { }

        @Override
        public void close() { }
    }

    private final class Provider implements NetworkProvider {
        @Override
        public String name() {
            return "slow";
        }

        @Override
        public int priority() {
            return 1;
        }

        @Override
        public Availability probe(DriverContext context) {
            return Availability.yes();
        }

        @Override
        public List<OptionSpec> options() {
            return List.of();
        }

        @Override
        public boolean implicit() {
            return false;
        }

        @Override
        public NetworkDriver open(DriverContext context, Options options) {
            return new Slow();
        }
    }

    @Test
    void itIsOnItForTheNextEngineOrNeverWas() throws Exception {
        try (Engine first = Engine.builder().root(home.resolve("engine")).runDirectory(home.resolve("run")).network(new Provider()).build()) {
            first.networks().create("one", n -> n.driver("slow"));
            dev.caisson.Network two = first.networks().create("two", n -> n.driver("slow"));
            Container container = first.rootfs(root.path()).network("one").command("/bin/sh", "-c", "exec sleep 600").run();
            connected = CompletableFuture.runAsync(() -> {
                try {
                    assertTrue(holding.await(60, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                two.connect(container);
            });
            container.detach();
            Throwable refused = assertThrows(ExecutionException.class, () -> connected.get(60, TimeUnit.SECONDS), "it is detached").getCause();
            assertTrue(refused instanceof EngineProblem problem && problem.remedy().contains("before detach()"), refused::toString);
            assertEquals(List.of("one"), container.networks());
        }
        try (Engine next = open()) {
            Container kept = next.containers().get(0);
            assertEquals(List.of("one"), kept.networks());
            kept.remove();
        }
    }
}
