package dev.caisson.host.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.Container;
import dev.caisson.Container.State;
import dev.caisson.ContainerDetails;
import dev.caisson.ContainerEvent;
import dev.caisson.ContainerFilter;
import dev.caisson.ContainerSpec;
import dev.caisson.Engine;
import dev.caisson.EngineInfo;
import dev.caisson.EngineProblem;
import dev.caisson.DiskUsage;
import dev.caisson.EventFilter;
import dev.caisson.InvalidSpec;
import dev.caisson.LaunchFailed;
import dev.caisson.Readiness;
import dev.caisson.Signal;
import dev.caisson.SpaceUsage;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** All containers of an engine: listed, inspected, watched, started together. */
class FleetTest extends EngineTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private static List<String> names(List<Container> containers) {
        return containers.stream().map(Container::name).toList();
    }

    private List<String> listed(ContainerFilter filter) {
        return names(engine.containers().list(filter));
    }

    @Test
    void dockersFilters() {
        Container web = tiny().name("web").label("tier", "front").expose(8080).network("bridge").port(80).tmpfs("/scratch").command(observer("sleep", "60")).run();
        Container worker = tiny().name("worker").label("tier", "back").label("x", "").command(observer("exit", "3")).run();
        worker.waitForExit(SOON);
        Container idle = tiny().name("idle").volume("data", "/data").command(observer("true")).create();
        ContainerFilter all = ContainerFilter.all();
        assertEquals(List.of("web", "worker", "idle"), listed(all));
        assertEquals(List.of("web", "worker"), listed(all.name("w")));
        assertEquals(List.of("worker"), listed(all.id(worker.id().substring(0, 20))));
        assertEquals(List.of("web", "worker"), listed(all.label("tier")));
        assertEquals(List.of("worker"), listed(all.label("tier", "back").label("x")));
        assertEquals(List.of("web", "idle"), listed(all.status(State.RUNNING, State.CREATED)));
        assertEquals(List.of("worker"), listed(all.exited(3)));
        assertEquals(List.of("web"), listed(all.network("bridge")));
        assertEquals(List.of("web"), listed(all.publish(80)));
        assertEquals(List.of(), listed(all.publish(8080)));
        assertEquals(List.of("web"), listed(all.expose(8080)));
        assertEquals(List.of("idle"), listed(all.volume("data")));
        assertEquals(List.of("web"), listed(all.volume("/scratch")));
        assertEquals(List.of("web"), listed(all.before("worker")));
        assertEquals(List.of("idle"), listed(all.since("worker").name("i")));
        assertEquals(List.of("web", "worker", "idle"), listed(all.health(dev.caisson.Health.NONE.status())));
        assertEquals(List.of(), listed(all.ancestor("alpine")));
        assertThrows(EngineProblem.class, () -> listed(all.since("nobody")));
        assertEquals(web, engine.containers().find("web").orElseThrow());
        assertEquals(idle, engine.containers().find(idle.id().substring(0, 12)).orElseThrow());
        assertTrue(engine.containers().find("").isEmpty());
        assertEquals(List.of(worker.id(), idle.id()), engine.containers().prune(all).removed());
        assertEquals(List.of("web"), names(engine.containers()));
    }

    @Test
    void whatIsOnTheDisk() {
        root.withShell();
        engine.volumes().create("idle");
        try (Container writer = tiny().volume("data", "/data").command("sh", "-c", "dd if=/dev/zero of=/big bs=1M count=3; dd if=/dev/zero of=/data/big bs=1M count=2; sync; sleep 600").run()) {
            eventually("it wrote", SOON, () -> engine.diskUsage().volumes().bytes() >= 2 << 20 && engine.diskUsage().containers().bytes() >= 3 << 20);
            DiskUsage running = engine.diskUsage();
            assertEquals(List.of(1, 1, 0L), List.of(running.containers().total(), running.containers().active(), running.containers().reclaimableBytes()));
            assertEquals(List.of(2, 1), List.of(running.volumes().total(), running.volumes().active()));
            assertTrue(running.volumes().reclaimableBytes() < 1 << 20, running::toString);
            assertEquals(0, running.images().images());
            writer.kill(Signal.KILL);
            writer.waitForExit(SOON);
            SpaceUsage ended = engine.diskUsage().containers();
            assertTrue(ended.active() == 0 && ended.reclaimableBytes() == ended.bytes() && ended.bytes() >= 3 << 20, ended::toString);
        }
        assertEquals(0, engine.diskUsage().containers().total());
        assertTrue(engine.diskUsage().volumes().reclaimableBytes() >= 2 << 20, "the volume stays, and nobody has it");
    }

    @Test
    void inspectIsTypedAndInDockersShape() throws IOException {
        try (Container web = tiny().name("web").label("a", "1").annotation("o", "2").memory("64m").env("A", "b").secret("password", "hunter2".getBytes()).network("bridge").port(80)
                .bindReadOnly(directory, "/host").command(observer("sleep", "60")).run()) {
            ContainerDetails details = web.inspect();
            assertEquals(web.pid(), details.pid());
            assertEquals(State.RUNNING, details.state());
            assertTrue(details.env().contains("A=b") && details.started().isPresent() && details.finished().isEmpty(), details::toString);
            JsonNode json = new ObjectMapper().readTree(details.json());
            assertEquals("running", json.at("/State/Status").asText());
            assertEquals(web.pid(), json.at("/State/Pid").asInt());
            assertEquals("/web", json.get("Name").asText());
            assertEquals(64L << 20, json.at("/HostConfig/Memory").asLong());
            assertEquals(web.ipAddress(), json.at("/NetworkSettings/Networks/bridge/IPAddress").asText());
            assertEquals(Integer.toString(web.port(80)), json.at("/NetworkSettings/Ports/80~1tcp/0/HostPort").asText());
            assertEquals("1", json.at("/Config/Labels/a").asText());
            assertEquals("2", json.at("/HostConfig/Annotations/o").asText());
            assertEquals(directory + ":/host:ro", json.at("/HostConfig/Binds/0").asText());
            assertFalse(details.toString().contains("hunter2") || details.spec().toString().contains("hunter2"));
            web.kill(Signal.KILL);
            web.waitForExit(SOON);
            JsonNode ended = new ObjectMapper().readTree(web.inspect().json());
            assertEquals("exited", ended.at("/State/Status").asText());
            assertEquals(137, ended.at("/State/ExitCode").asInt());
            assertFalse(ended.at("/State/FinishedAt").asText().startsWith("0001"));
        }
        EngineInfo info = engine.info();
        assertTrue(info.cpus() >= 1 && info.memoryBytes() > 1 << 20 && !info.kernel().isEmpty() && !info.cgroupVersions().isEmpty(), info::toString);
    }

    @Test
    void everyEventOnceAndInOrder() {
        List<ContainerEvent> seen = Collections.synchronizedList(new ArrayList<>());
        CompletableFuture<Void> over = new CompletableFuture<>();
        Instant before = Instant.now();
        engine.events().stream(EventFilter.all().label("mine", "yes")).subscribe(collector(seen, over));
        tiny().command(observer("true")).execute(); // not of those
        Container container = tiny().name("c").label("mine", "yes").command(observer("sleep", "60")).create();
        container.start();
        container.exec(observer("true")).run();
        container.pause();
        container.resume();
        container.rename("d");
        container.update(u -> u.pids(50));
        container.kill(Signal.KILL);
        container.waitForExit(SOON);
        container.remove();
        List<String> expected = List.of("create", "start", "exec_start", "exec_die", "pause", "unpause", "rename", "update", "kill", "die", "destroy");
        eventually("all arrived", SOON, () -> seen.size() >= expected.size());
        assertEquals(expected, seen.stream().map(ContainerEvent::action).toList());
        assertEquals("0", seen.get(3).attributes().get("exitCode"));
        assertEquals("137", seen.get(9).attributes().get("exitCode"));
        assertEquals("c", seen.get(6).attributes().get("oldName"));
        assertEquals("d", seen.get(10).name());
        EventFilter deaths = EventFilter.all().action("die").container(container.id()).since(before).until(Instant.now());
        assertEquals(List.of(seen.get(9)), engine.events().past(deaths));
        List<ContainerEvent> late = Collections.synchronizedList(new ArrayList<>());
        CompletableFuture<Void> lateOver = new CompletableFuture<>();
        engine.events().stream(deaths).subscribe(collector(late, lateOver));
        lateOver.orTimeout(30, TimeUnit.SECONDS).join();
        assertEquals(List.of(seen.get(9)), late);
        engine.close();
        over.orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static Flow.Subscriber<ContainerEvent> collector(List<ContainerEvent> seen, CompletableFuture<Void> over) {
        return new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(ContainerEvent event) {
                seen.add(event);
            }

            @Override
            public void onError(Throwable failure) {
                over.completeExceptionally(failure);
            }

            @Override
            public void onComplete() {
                over.complete(null);
            }
        };
    }

    @Test
    void startedTogetherInTheOrderOfTheirNeeds() {
        ContainerSpec app = tiny().name("app").label(Engine.AFTER, "db, cache").command(observer("sleep", "60")).spec();
        ContainerSpec side = tiny().name("side").network("container:app").ipcOf("app").command(observer("sleep", "60")).spec();
        ContainerSpec db = tiny().name("db").waitFor(Readiness.log("up")).command(observer("echo", "up", "+", "sleep", "60")).spec();
        ContainerSpec cache = tiny().name("cache").command(observer("sleep", "60")).spec();
        List<Container> all = engine.startAll(side, app, db, cache);
        assertEquals(List.of("side", "app", "db", "cache"), names(all));
        Instant ready = all.get(2).inspect().started().orElseThrow();
        assertTrue(all.get(1).inspect().started().orElseThrow().isAfter(ready), "after what it waits for");
        assertEquals(observeIn(all.get(0), "namespaces").get("ns.net"), observeIn(all.get(1), "namespaces").get("ns.net"));
        all.forEach(Container::remove);
    }

    @Test
    void allOrNone() {
        ContainerSpec fine = tiny().name("fine").command(observer("sleep", "60")).spec();
        ContainerSpec slow = tiny().name("slow").waitFor(Readiness.log("never")).command(observer("sleep", "60")).spec();
        ContainerSpec missing = tiny().name("missing").label(Engine.AFTER, "fine").command("/no/such").spec();
        assertEquals(127, assertThrows(LaunchFailed.class, () -> engine.startAll(fine, slow, missing)).exitCode());
        eventually("none is left", SOON, () -> engine.containers().isEmpty());
        ContainerSpec one = tiny().name("one").ipcOf("two").command(observer("true")).spec();
        ContainerSpec two = tiny().name("two").pidOf("one").command(observer("true")).spec();
        assertTrue(assertThrows(InvalidSpec.class, () -> engine.startAll(one, two)).getMessage().contains("'one', 'two'"));
        assertThrows(InvalidSpec.class, () -> engine.startAll(one));
        assertThrows(InvalidSpec.class, () -> engine.startAll(fine, fine));
    }
}
