package dev.caisson.host.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.CommitOptions;
import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerException;
import dev.caisson.EngineProblem;
import dev.caisson.Image;
import dev.caisson.ImageDetails;
import dev.caisson.ImageProblem;
import dev.caisson.ImageSpace;
import dev.caisson.InvalidSpec;
import dev.caisson.Readiness;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.UserNamespace;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code docker commit} and {@code docker export}: what a container changed is seen by the next one, and by tar. */
@Timeout(180)
class CommitTest extends EngineTest {
    static final String CHANGES = "busybox rm /etc/gone; echo new > /etc/changed; busybox rm -r /dir /other; busybox mkdir /dir; echo x > /dir/new; echo file > /other; busybox rm /kept/link; busybox mkdir /kept/link; echo 5 > /kept/link/5;"
            + "busybox ln /etc/changed /etc/hard; busybox ln -s changed /etc/soft; echo s > /etc/suid; busybox chmod 4755 /etc/suid; busybox mkfifo /pipe; busybox chown 1000:1001 /dir/new; busybox touch -d 2001-02-03 /dir/new; busybox mkdir -p /deep/er; ";
    /** All that can be seen of the root file system, but for what the engine mounts. */
    static final String LISTING = "cd /; busybox find bin deep dir etc kept other pipe -print | busybox grep -v -e etc/hosts -e etc/hostname -e etc/resolv.conf | busybox sort | while read f; do busybox stat -c '%n %f %u %g %N' $f;"
            + " [ -d $f ] || busybox stat -c '%s %h %Y' $f; done; cat /etc/changed /dir/new /other /kept/link/5";

    @BeforeEach
    void base() {
        root.withShell().file("etc/gone", "gone").file("etc/changed", "old").file("dir/old", "old").file("other/in", "in").link("kept/link", "nowhere").file("kept/file", "kept");
        engine.images().importRootfs(root.tar(directory.resolve("base.tar")), "base:1", "ENV A=a B=b", "CMD [\"/bin/sh\"]", "LABEL from=base", "ONBUILD RUN no");
    }

    static ContainerBuilder changed(ContainerBuilder container) {
        return container.command("sh", "-c", CHANGES + "echo done; exec sleep 60").waitFor(Readiness.log("done"));
    }

    @Test
    void whatAContainerChangedIsTheImage() throws IOException {
        try (Container container = changed(engine.image("base:1").env("B", "mine").env("C", "c").workdir("/kept").label("by", "me")).run()) {
            String seen = container.exec("sh", "-c", LISTING).run().stdout();
            assertTrue(seen.contains("etc/hard") && seen.contains("dir/new") && !seen.contains("gone"), seen);
            Image made = container.commit("team/made:1", CommitOptions.DEFAULT.author("Me").message("by hand").change("LABEL more=yes", "CMD [\"/bin/sh\", \"-c\", \"pwd; echo $A$B$C\"]"));
            assertEquals(Container.State.RUNNING, container.state(), "it was paused only meanwhile");
            assertEquals(List.of("docker.io/team/made:1"), made.references());
            assertEquals(Map.of("from", "base", "by", "me", "more", "yes"), made.labels());
            ImageSpace base = space("base:1");
            assertTrue(base.sharedBytes() > 1 << 20 && base.sharedBytes() == space("team/made:1").sharedBytes(), "all layers of the one, which has a shell, are the other's too");
            assertEquals(List.of(1, 0), List.of(base.containers(), space("team/made:1").containers()));
            assertEquals(seen, engine.image("team/made:1").command("sh", "-c", LISTING).execute().stdout());
            assertEquals("/kept\naminec\n", engine.image("team/made:1").execute().stdout());
            ImageDetails details = engine.images().inspect("team/made:1");
            assertEquals(2, details.layers().size());
            assertTrue(details.json().contains("\"Author\":\"Me\"") || details.json().contains("\"Author\" : \"Me\""), details.json());
            assertTrue(details.history().toString().contains("by hand"), details.history().toString());
            container.export(directory.resolve("flat.tar"));
            engine.images().importRootfs(directory.resolve("flat.tar"), "flat:1");
            assertEquals(seen, engine.image("flat:1").command("sh", "-c", LISTING).execute().stdout());
            assertEquals(List.of(), engine.images().verify("team/made:1"));
        }
        assertEquals(List.of("flat.tar"), named("flat"), "nothing half-written beside it");
    }

    private ImageSpace space(String reference) {
        return engine.diskUsage().images().each().stream().filter(i -> i.references().contains("docker.io/" + (reference.contains("/") ? "" : "library/") + reference)).findAny().orElseThrow();
    }

    private List<String> named(String part) throws IOException {
        try (var all = Files.list(directory)) {
            return all.map(p -> p.getFileName().toString()).filter(n -> n.contains(part)).toList();
        }
    }

    @Test
    void anEndedContainerIsCommittedAndARemovedOneIsNot() {
        Container container = engine.image("base:1").command("sh", "-c", "echo new > /etc/changed").run();
        container.waitForExit(Duration.ofSeconds(20));
        container.commit("ended:1");
        assertEquals("new\n", engine.image("ended:1").command("cat", "/etc/changed").execute().stdout());
        container.export(directory.resolve("ended.tar"));
        container.remove();
        for (ContainerException refused : List.of(assertThrows(EngineProblem.class, () -> container.commit("removed:1")), assertThrows(EngineProblem.class, () -> container.export(directory.resolve("x"))))) {
            assertTrue(refused.getMessage().contains("REMOVED"), refused.getMessage());
        }
        assertFalse(Files.exists(directory.resolve("x")));
    }

    @Test
    void nothingMovesMeanwhile() {
        try (Container container = engine.image("base:1").command("sh", "-c", "i=0; echo go; while :; do i=$((i+1)); echo $i > /a; echo $i > /z; done")
                .waitFor(Readiness.log("go")).run()) {
            for (int round = 0; round < 3; round++) {
                container.commit("still:" + round);
                String[] both = engine.image("still:" + round).command("sh", "-c", "echo $(cat /a) - $(cat /z)").execute().stdout().strip().split(" ?- ?", -1);
                // One may have been cut in the moment between truncation and writing.
                assertTrue(both[0].isEmpty() || both[1].isEmpty() || Math.abs(Long.parseLong(both[0]) - Long.parseLong(both[1])) <= 1, String.join(" and ", both));
            }
        }
    }

    @Test
    void ownersAreThoseInside() {
        try (Container container = changed(engine.image("base:1").userns(UserNamespace.auto())).run()) {
            String seen = container.exec("sh", "-c", LISTING).run().stdout();
            assertTrue(seen.contains(" 1000 1001 "), seen);
            container.commit("inside:1");
            assertEquals(seen, engine.image("inside:1").command("sh", "-c", LISTING).execute().stdout());
        }
    }

    @Test
    void ofADirectoryAllIsTaken() {
        try (Container container = changed(engine.rootfs(root.path())).run()) {
            container.commit("whole:1");
            assertEquals(1, engine.images().inspect("whole:1").layers().size());
            assertEquals(container.exec("sh", "-c", LISTING).run().stdout(), engine.image("whole:1").command("sh", "-c", LISTING).execute().stdout());
        }
    }

    @Test
    void whatCannotBe() throws java.io.IOException {
        try (Container container = engine.image("base:1").command("sh", "-c", "echo > /.wh.etc; echo done; exec sleep 60").waitFor(Readiness.log("done")).run();
                Container host = engine.hostRoot().command("sleep", "60").run()) {
            int images = engine.images().list().size();
            ImageProblem whiteout = assertThrows(ImageProblem.class, () -> container.commit("bad:1"));
            assertTrue(whiteout.getMessage().contains(".wh.etc"), whiteout.getMessage());
            assertThrows(InvalidSpec.class, () -> container.commit("bad:1", "RUN no"));
            assertThrows(ImageProblem.class, () -> container.commit("bad@sha256:" + "a".repeat(64)));
            assertThrows(UnsupportedOnThisHost.class, () -> host.commit("bad:1"));
            assertThrows(UnsupportedOnThisHost.class, () -> host.export(directory.resolve("bad.tar")));
            assertThrows(dev.caisson.StorageProblem.class, () -> container.export(Path.of("/nowhere/x.tar")));
            Path device = java.nio.file.Files.createSymbolicLink(directory.resolve("device"), Path.of("/dev/full"));
            assertThrows(dev.caisson.StorageProblem.class, () -> container.export(device));
            assertTrue(java.nio.file.Files.isSymbolicLink(device), "neither it nor what it leads to is replaced by a file");
            assertEquals(images, engine.images().list().size());
            assertEquals(Container.State.RUNNING, container.state());
        }
    }
}
