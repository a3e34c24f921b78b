package dev.caisson.host.volumes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Engine;
import dev.caisson.Execution;
import dev.caisson.InvalidSpec;
import dev.caisson.Mount;
import dev.caisson.StorageProblem;
import dev.caisson.UserNamespace;
import dev.caisson.Volume;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Volumes as people know them from docker. */
class VolumesTest extends EngineTest {
    private Path busybox;

    @BeforeEach
    void busybox() throws IOException {
        busybox = hostDirectory("busybox");
        Files.createDirectories(busybox.resolve("bin"));
        Files.copy(Path.of("/bin/busybox"), busybox.resolve("bin/busybox"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.createSymbolicLink(busybox.resolve("bin/sh"), Path.of("busybox"));
        host("chmod 755 " + busybox + "; mkdir " + busybox + "/data; cd " + busybox + "/data; echo one > file; ln -s file link; mkdir sub; echo two > sub/two; chown 1000:1001 sub/two; chmod 4711 sub/two;"
                + "chown 1000:1000 .; chmod 1770 .");
    }

    private static String host(String script) {
        try {
            Process process = new ProcessBuilder("sh", "-ec", script).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), output);
            return output;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private ContainerBuilder shell(String script) {
        return engine.rootfs(busybox).command("/bin/sh", "-c", "PATH=/bin; for a in cat ls stat mkdir rm sleep; do alias $a=\"busybox $a\"; done; " + script);
    }

    private static String said(Execution execution) {
        assertEquals(0, execution.exitCode(), () -> execution.stdout() + execution.stderr());
        return execution.stdout().strip();
    }

    private static String run(ContainerBuilder container) {
        return said(container.execute());
    }

    @Test
    void itSurvivesItsContainers() {
        run(shell("echo kept > /srv/note").volume("notes", "/srv"));
        assertEquals("kept", run(shell("cat /srv/note").volumeReadOnly("notes", "/srv")));
        assertEquals(1, shell("echo x > /srv/note").volumeReadOnly("notes", "/srv").execute().exitCode());
        Volume volume = engine.volumes().find("notes").orElseThrow();
        assertEquals(List.of(), volume.users());
        assertFalse(volume.anonymous());
        assertEquals("kept\n", host("cat " + volume.path() + "/note"));
        assertTrue(engine.volumes().size("notes") > 0);
        engine.volumes().remove("notes");
        assertEquals(List.of(), engine.volumes().list());
        assertThrows(StorageProblem.class, () -> engine.volumes().remove("notes"));
    }

    @Test
    void whoHasOneKeepsIt() throws Exception {
        try (Container holder = shell("sleep 600").stopTimeout(Duration.ZERO).name("holder").volume("held", "/srv").run();
                Engine other = Engine.builder().root(directory.resolve("engine")).runDirectory(directory.resolve("run")).build()) {
            assertEquals(List.of(holder.id()), engine.volumes().find("held").orElseThrow().users());
            for (Engine any : List.of(engine, other)) {
                StorageProblem refused = assertThrows(StorageProblem.class, () -> any.volumes().remove("held"));
                assertTrue(refused.getMessage().contains(holder.id()) && !refused.remedy().isEmpty(), refused.getMessage());
                assertEquals(List.of(), any.volumes().pruneAll().removed());
            }
            holder.exec("/bin/busybox", "touch", "/srv/here").run();
            holder.restart();
            assertEquals(0, holder.exec("/bin/busybox", "test", "-e", "/srv/here").run().exitCode(), "it is the same after a restart");
        }
        assertEquals(List.of("held"), engine.volumes().pruneAll().removed());
    }

    @Test
    void aNewOneBeginsWithTheRootsContent() {
        String look = "cd /data; cat file sub/two; busybox readlink link; stat -c '%n %u:%g %a' . sub/two";
        String seen = "one\ntwo\nfile\n. 1000:1000 1770\nsub/two 1000:1001 4711";
        assertEquals(seen, run(shell(look).volume("fresh", "/data")));
        run(shell("rm -r /data/sub; echo changed > /data/file").volume("fresh", "/data"));
        assertEquals("changed", run(shell("cat /data/file; ! busybox test -e /data/sub").volume("fresh", "/data")), "what is there is not filled again");
        assertEquals("one", run(shell("cat /data/file")), "nor does the root change");
        assertEquals("", run(shell("ls -A /data").volume(new Mount.Volume("empty", "/data", false, false, ""))));
        assertEquals("", run(shell("ls -A /nowhere").volume("nothing", "/nowhere")));
        assertEquals(3, engine.volumes().pruneAll().removed().size());
    }

    @Test
    void manyWhoFillItAtOnceAllFindItFull() {
        host("cd " + busybox + "/data; for i in $(seq 400); do echo $i > many-$i; done");
        List<CompletableFuture<Execution>> runs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            runs.add(CompletableFuture.supplyAsync(() -> shell("ls /data | busybox wc -l; cat /data/many-* | busybox wc -l").volume("crowded", "/data").execute()));
        }
        runs.forEach(run -> assertEquals("403\n400", said(run.join())));
        engine.volumes().remove("crowded");
    }

    @Test
    void oneOfItsOwnGoesWithTheLastWhoHasIt() {
        Container first = shell("echo shared > /data/note; sleep 600").name("store").volume("/data").run();
        Volume volume = engine.volumes().list().get(0);
        assertTrue(volume.anonymous());
        eventually("it is written", java.time.Duration.ofSeconds(30), () -> Files.exists(volume.path().resolve("note")));
        Container second = shell("sleep 600").volumesFrom("store").run();
        assertEquals("shared\n", second.exec("/bin/busybox", "cat", "/data/note").run().stdout());
        assertEquals(2, engine.volumes().find(volume.name()).orElseThrow().users().size());
        assertEquals(1, shell("echo x > /data/note").volumesFromReadOnly(first.id().substring(0, 12)).execute().exitCode());
        first.close();
        assertEquals("shared\n", second.exec("/bin/busybox", "cat", "/data/note").run().stdout());
        second.close();
        assertEquals(List.of(), engine.volumes().list());
    }

    @Test
    void fromAnotherContainer() throws IOException {
        Path bound = hostDirectory("bound");
        Files.writeString(bound.resolve("b"), "bound");
        try (Container store = shell("sleep 600").name("store").volume("kept", "/data").bind(bound, "/b").tmpfs("/t").run();
                Container chain = shell("sleep 600").name("chain").volumesFrom("store").run()) {
            assertEquals("one\nbound", run(shell("cat /data/file; cat /b/b; ! busybox test -e /t").volumesFrom("chain")));
            assertEquals("", run(shell("ls -A /data").volumesFrom("store").tmpfs("/data")), "a mount of its own wins");
            assertEquals(1, shell("echo x > /b/b").volumesFromReadOnly("store").execute().exitCode());
        }
        InvalidSpec nobody = assertThrows(InvalidSpec.class, () -> shell("true").volumesFrom("nobody").execute());
        assertTrue(nobody.getMessage().contains("volumesFrom(\"nobody\")"), nobody.getMessage());
        engine.volumes().remove("kept");
    }

    @Test
    void inAUserNamespaceTheNumbersAreThoseInside() {
        run(shell("echo x > /data/mine; busybox chown 7:8 /data/mine").userns(UserNamespace.auto()).volume("ids", "/data"));
        Path path = engine.volumes().find("ids").orElseThrow().path();
        assertEquals("1000:1000 1000:1001 7:8", host("cd " + path + "; stat -c %u:%g . sub/two mine").strip().replace('\n', ' '));
        assertEquals("7:8", run(shell("stat -c %u:%g /data/mine").volume("ids", "/data")));
        assertEquals("7:8", run(shell("stat -c %u:%g /data/mine").userns(UserNamespace.auto()).volume("ids", "/data")), "whoever the numbers are outside this time");
        engine.volumes().remove("ids");
    }

    @Test
    void aPartOfOne() {
        run(shell("true").volume("parts", "/data"));
        assertEquals("two", run(shell("cat /srv/two").volume(new Mount.Volume("parts", "/srv", false, true, "sub"))));
        InvalidSpec missing = assertThrows(InvalidSpec.class, () -> shell("true").volume(new Mount.Volume("parts", "/srv", false, true, "none")).execute());
        assertTrue(missing.getMessage().contains("has no directory 'none'"), missing.getMessage());
        // A container that leaves a link in a volume: whoever mounts a part of it gets what is in the volume, or nothing.
        run(shell("busybox ln -s /../../../../../../etc /data/escape; busybox ln -s sub /data/inside").volume("parts", "/data"));
        assertThrows(InvalidSpec.class, () -> shell("true").volume(new Mount.Volume("parts", "/srv", false, true, "escape")).execute());
        assertEquals("two", run(shell("cat /srv/two").volume(new Mount.Volume("parts", "/srv", false, true, "inside"))));
        engine.volumes().remove("parts");
    }

    @Test
    void aRootThatPointsElsewhere() throws IOException {
        // Row 36: what a volume is filled from is looked up inside the root.
        host("rm -r " + busybox + "/data");
        Files.createSymbolicLink(busybox.resolve("data"), Path.of("../../../../../../etc"));
        Files.createDirectories(busybox.resolve("etc"));
        Files.writeString(busybox.resolve("etc/inside"), "inside");
        assertEquals("hostname hosts inside resolv.conf", run(shell("ls /data").volume("lured", "/data")).replace('\n', ' '), "the root's own /etc");
        assertFalse(Files.exists(engine.volumes().find("lured").orElseThrow().path().resolve("passwd"), LinkOption.NOFOLLOW_LINKS));
        engine.volumes().remove("lured");
    }

    @Test
    void namesAndLabels() {
        Volume made = engine.volumes().create("labelled", Map.of("stage", "test", "ä", "\"quoted\""));
        assertEquals(Map.of("stage", "test", "ä", "\"quoted\""), made.labels());
        assertTrue(made.created().isAfter(java.time.Instant.now().minusSeconds(600)));
        assertEquals(made, engine.volumes().create("labelled", Map.of("other", "1")), "one that is there stays as it is");
        assertEquals(List.of(made), engine.volumes().list());
        assertEquals(List.of(), engine.volumes().prune().removed(), "it has a name of its own");
        engine.volumes().remove("labelled");
        for (String bad : List.of("", "a", "../x", ".lock", "a/b", "a b", "x".repeat(129))) {
            assertThrows(InvalidSpec.class, () -> engine.volumes().create(bad), bad);
            assertTrue(engine.volumes().find(bad).isEmpty());
        }
    }

    @Test
    void aStartThatFailsLeavesNone() {
        assertThrows(RuntimeException.class, () -> engine.rootfs(busybox).command("/none").volume("/data").execute());
        assertThrows(RuntimeException.class, () -> engine.rootfs(busybox).command("/none").volume("named", "/data").execute());
        assertEquals(List.of("named"), engine.volumes().list().stream().map(Volume::name).toList());
        assertEquals(List.of(), engine.volumes().list().get(0).users());
        engine.volumes().remove("named");
    }

    @Test
    void aSandboxReadsThemAlone() {
        engine.volumes().create("given");
        assertThrows(InvalidSpec.class, () -> shell("true").sandbox().volume("given", "/data").execute());
        assertEquals("one", run(shell("cat /data/file").user("1000:1000").sandbox().volumeReadOnly("given", "/data")));
        engine.volumes().remove("given");
    }
}
