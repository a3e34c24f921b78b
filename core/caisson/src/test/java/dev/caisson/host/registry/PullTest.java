package dev.caisson.host.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.Engine;
import dev.caisson.Event;
import dev.caisson.ImageProblem;
import dev.caisson.PullPolicy;
import dev.caisson.RegistryAccess;
import dev.caisson.Stage;
import dev.caisson.TransferProgress;
import dev.caisson.host.operations.LoggedLife;
import dev.caisson.testkit.crash.ScenarioProcess;
import dev.caisson.testkit.registry.FaultyProxy;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** {@code image(ref)} as people know it from docker: what is not here is fetched. */
class PullTest extends RegistryTest {
    private final List<Event> events = new CopyOnWriteArrayList<>();

    @Override
    protected Engine.Builder settings(Engine.Builder usual) {
        return super.settings(usual).listener(events::add);
    }

    private long pulls() {
        return events.stream().filter(e -> e.stage() == Stage.PULL).count();
    }

    private long asked() {
        return registry.reads();
    }

    /** One line in the application's own log. */
    @Test
    void isSaidOnce() {
        try (ScenarioProcess jvm = ScenarioProcess.start(LoggedLife.class, directory.resolve("logged").toString(), directory.resolve("logged-run").toString(), root.path().toString(), registry.host(), tiny)) {
            ScenarioProcess.Outcome outcome = jvm.waitFor(Duration.ofSeconds(120));
            assertEquals(1, outcome.marks().stream().filter(m -> m.startsWith("INFO dev.caisson.pull|pulled " + tiny + ", sha256:")).count(), outcome::toString);
        }
    }

    @Test
    void whatIsMissingIsPulledOnce() {
        assertEquals(0, engine.image(tiny).execute().exitCode());
        assertEquals(1, pulls());
        long asked = asked();
        assertTrue(asked >= 3, "the control: manifest, configuration, layer");
        assertEquals(0, engine.image(tiny).execute().exitCode());
        assertEquals(asked, asked(), "what is here is not looked for elsewhere");
        assertEquals(1, pulls());
        assertEquals(List.of(tiny), engine.images().list().get(0).references());
    }

    @Test
    void policies() {
        long asked = asked();
        ImageProblem never = assertThrows(ImageProblem.class, () -> engine.image(tiny).pull(PullPolicy.NEVER).execute());
        assertTrue(never.getMessage().contains("there is no image"), never.getMessage());
        assertEquals(asked, asked());
        assertEquals(0, engine.image(tiny).execute().exitCode());
        push("v1", "CMD [\"/bin/sh\",\"-c\",\"no\"]", "LABEL new=yes");
        assertEquals(0, engine.image(tiny).pull(PullPolicy.NEVER).execute().exitCode(), "the old one");
        assertEquals(0, engine.image(tiny).execute().exitCode(), "the old one");
        assertEquals(0, engine.image(tiny).pull(PullPolicy.ALWAYS).command(TinyRootfs.TRUE).execute().exitCode());
        assertEquals("yes", engine.images().find(tiny).orElseThrow().labels().get("new"));
        registry.close();
        assertThrows(ImageProblem.class, () -> engine.image(tiny).pull(PullPolicy.ALWAYS).command(TinyRootfs.TRUE).execute());
        assertEquals(0, engine.image(tiny).command(TinyRootfs.TRUE).execute().exitCode());
    }

    @Test
    void manyStartsPullOnce() {
        List<CompletableFuture<Container>> starts = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            starts.add(engine.image(tiny).command("/bin/sleep", "60").runAsync());
        }
        starts.forEach(s -> s.join().close());
        assertEquals(1, pulls());
    }

    @Test
    void progressAndWhatIsThere() {
        List<TransferProgress> progress = new CopyOnWriteArrayList<>();
        String id = engine.images().pull(tiny, progress::add).id();
        assertTrue(progress.stream().anyMatch(p -> p.phase() == TransferProgress.Phase.VERIFIED && p.done() == p.size()), progress.toString());
        assertEquals(0, engine.image(id).execute().exitCode(), "by id");
        assertEquals(id, engine.images().pull(registry.host() + "/team/tiny@" + engine.images().find(tiny).orElseThrow().digest()).id());
    }

    @Test
    void whatIsNowhere() {
        engine.images().pull(tiny);
        ImageProblem typo = assertThrows(ImageProblem.class, () -> engine.image(registry.host() + "/team/tiny:v2").execute());
        assertEquals(Stage.PULL, typo.stage());
        assertTrue(typo.getMessage().contains("there is no image") && typo.getMessage().contains("has no " + registry.host() + "/team/tiny:v2"), typo.getMessage());
        assertTrue(typo.remedy().contains("did you mean " + tiny), typo.remedy());
        ImageProblem id = assertThrows(ImageProblem.class, () -> engine.image("sha256:" + "a".repeat(64)).execute());
        assertEquals(Stage.RESOLVE, id.stage(), "an id is not pulled");
    }

    @Test
    void whatWasPulledIsPushedUnderAnotherName() {
        engine.images().pull(tiny);
        String other = registry.host() + "/other/tiny:v2";
        engine.images().tag(tiny, other);
        String digest = engine.images().push(other);
        engine.images().remove(other);
        engine.images().remove(tiny);
        assertEquals(0, engine.image(registry.host() + "/other/tiny@" + digest).execute().exitCode());
    }

    /** A registry that stands still in the middle of an image. */
    private void standingStill(BiConsumer<Engine, String> work) throws InterruptedException {
        String id = engine.images().pull(tiny).id();
        CountDownLatch gate = new CountDownLatch(1);
        try (FaultyProxy proxy = new FaultyProxy(registry.host()); Engine slow = Engine.builder().root(directory.resolve("slow")).runDirectory(directory.resolve("slow-run"))
                .registry(RegistryAccess.of(proxy.host()).login("me", "pw")).build()) {
            proxy.next(id, FaultyProxy.Fault.held(0, gate));
            String name = proxy.host() + "/team/tiny:v1";
            CompletableFuture<Object> first = CompletableFuture.supplyAsync(() -> outcome(() -> slow.image(name).execute().exitCode()));
            for (int i = 0; i < 1000 && proxy.asked(id).isEmpty(); i++) {
                Thread.sleep(10);
            }
            assertFalse(proxy.asked(id).isEmpty() || first.isDone());
            try {
                work.accept(slow, name);
            } finally {
                gate.countDown();
            }
            Object came = first.join();
            assertTrue(came.equals(0) || came instanceof ContainerException, came.toString());
        }
    }

    private static Object outcome(Supplier<Object> work) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            return e;
        }
    }

    @Test
    void whoWaitsForAnothersPullCanBeInterrupted() throws Exception {
        standingStill((slow, name) -> {
            CompletableFuture<Object> answer = new CompletableFuture<>();
            Thread thread = new Thread(() -> answer.complete(outcome(() -> slow.image(name).execute())));
            thread.start();
            pause();
            thread.interrupt();
            Object interrupted = answer.orTimeout(20, TimeUnit.SECONDS).join();
            assertTrue(interrupted instanceof ContainerException problem && problem.getMessage().contains("interrupted"), interrupted.toString());
        });
    }

    /** A registry that stands still keeps no engine from its end, and whoever waits for it is told so. */
    @Test
    void anEngineThatIsClosedEndsWhatItsImagesDo() throws Exception {
        standingStill((slow, name) -> {
            List<CompletableFuture<Object>> others = List.of(CompletableFuture.supplyAsync(() -> outcome(() -> slow.image(name).execute())),
                    CompletableFuture.supplyAsync(() -> outcome(() -> slow.images().pull(name))));
            pause();
            CompletableFuture.runAsync(slow::close).orTimeout(8, TimeUnit.SECONDS).join(); // starts under way are waited for for twenty
            for (CompletableFuture<Object> other : others) {
                Object ended = other.orTimeout(30, TimeUnit.SECONDS).join();
                assertTrue(ended instanceof ContainerException || !(ended instanceof RuntimeException), ended.toString()); // or it had come before
            }
        });
    }

    private static void pause() {
        try {
            Thread.sleep(500);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
