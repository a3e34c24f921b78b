package dev.caisson.host.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.OrdinaryUser;
import dev.caisson.testkit.leak.LeakCheck;
import dev.caisson.testkit.leak.Resource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What works as root works without, as far as the kernel lets it; what does not is refused by its name. */
@Timeout(300)
class OrdinaryUserTest extends RootlessTest {
    private static final String OWN_IDS = "0 0 1| 1 1 65536";

    @Test
    void executes() {
        user.withSubordinateIds();
        Map<String, String> said = live("execute", "changes", "many");
        assertEquals(data().toString(), said.get("root"));
        assertEquals("0|0|0", said.get("id"));
        assertEquals(OWN_IDS, said.get("map"));
        assertEquals("allowed: 1000|1000 2000|1000:1000", said.get("app"));
        assertEquals("/etc/new|gone", said.get("write"));
        assertEquals("true", said.get("untouched"), "copy-on-write");
        assertEquals("1000:2000", said.get("chown"));
        assertEquals("same", said.get("hostname"));
        assertEquals("lo", said.get("links"), "no network by default");
        assertEquals("given", said.get("input"));
        assertEquals("tmp", said.get("readOnly"));
        assertEquals("tmpfs", said.get("tmpfs"));
        assertEquals("allowed: 0", said.get("terminal"));
        assertEquals("[C /etc, D /etc/os-release, C /home, C /home/app, A /home/app/a]", said.get("changes"));
        assertEquals("[0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9]", said.get("many"));
    }

    @Test
    void runsAndExecutesInside() throws IOException {
        user.withSubordinateIds();
        Map<String, String> said = live("live", "binds", "hostNetwork");
        assertEquals("RUNNING", said.get("state"));
        assertEquals("0|sees", said.get("exec"));
        assertEquals("0|0", said.get("execTerminal"));
        assertEquals("137 true", said.get("execKilled"));
        assertEquals("allowed: 1000", said.get("execApp"));
        assertEquals("/kept", said.get("kept"), "the root file system outlives a restart");
        assertEquals("3", said.get("exit"));
        assertEquals("started|started", said.get("logs"));
        assertEquals("137", said.get("killed"));
        assertEquals("mine|0", said.get("bind"), "his own files are root's inside");
        assertEquals("yours|" + OrdinaryUser.uid(), said.get("back"), "and root's are his on the host");
        assertEquals("refused", said.get("bindReadOnly"));
        assertEquals(Files.readSymbolicLink(Path.of("/proc/self/ns/net")) + "|1", said.get("hostLinks"));
    }

    /** Without a range in /etc/subuid there is root alone, and whatever needs others says so. */
    @Test
    void withoutSubordinateIds() throws Exception {
        Path image = image();
        Map<String, String> said = live("execute", "live", "foreignFiles", "check");
        assertTrue(Files.exists(image));
        assertEquals("0|0|0", said.get("id"));
        assertEquals("0 0 1", said.get("map"));
        String remedy = "user 'ordinary' (" + OrdinaryUser.uid() + ") has no range in /etc/subuid";
        assertTrue(said.get("foreign").startsWith("StorageProblem: ") && said.get("foreign").contains("usermod --add-subuids"), said.get("foreign"));
        for (String what : new String[] {"app", "execApp", "check"}) {
            assertTrue(said.get(what).contains(remedy) && said.get(what).contains("usermod --add-subuids"), what + ": " + said.get(what));
        }
        assertEquals("/kept", said.get("kept"));
    }

    @Test
    void whatCannotBeIsRefusedByName() {
        user.withSubordinateIds();
        Map<String, String> said = live("refusals", "check");
        for (String what : new String[] {"memory", "privileged", "userns", "device", "port", "user"}) {
            assertTrue(said.get(what).startsWith("UnsupportedOnThisHost: ") && said.get(what).contains("Remedy: "), what + ": " + said.get(what));
        }
        assertTrue(said.get("memory").contains("Delegate=yes"), said.get("memory"));
        assertEquals("0", said.get("memoryBestEffort"));
        assertTrue(said.get("port").contains("networkHost()"), said.get("port"));
        assertEquals("allowed: eperm", said.get("capability"), "powers are those over the container");
        assertTrue(said.get("check").startsWith("This host can run containers."), said.get("check"));
    }

    /** A manager may have given him cgroups: then limits hold, and sandbox() with them. Row 39: nothing of them can be written from inside. */
    @Test
    void limitsHoldWhereCgroupsAreDelegated() throws IOException {
        List<Path> delegated = delegated();
        String give = "";
        for (Path each : delegated) {
            // Of the second version a leaf is his JVM's, since a group that has processes gives its children no controllers; of the first the group itself.
            Path own = each.startsWith("/sys/fs/cgroup/unified") || delegated.size() == 1 ? each.resolve("jvm") : each;
            give += "mkdir -p " + each + "/jvm; chown -R " + OrdinaryUser.uid() + " " + each + "; echo $$ > " + own + "/cgroup.procs\n";
        }
        user.withSubordinateIds().prepared(give);
        try {
            Map<String, String> said = live("sandbox", "limits", "live", "cgroupMounts");
            assertEquals("0|CapEff:0000000000000000|NoNewPrivs:1|Seccomp:2", said.get("sandbox"));
            assertEquals("true", said.get("oom"));
            assertEquals("3", said.get("exit"));
            assertEquals((delegated.size() == 1 ? "1" : "5") + "|0|0", said.get("cgroups"));
        } finally {
            for (Path each : delegated) {
                each.resolve("jvm").toFile().delete();
                each.toFile().delete();
            }
        }
    }

    /** Directories of cgroups that are made for him: one of each hierarchy, or beside this JVM's own where there is one hierarchy alone. */
    private static List<Path> delegated() throws IOException {
        Path all = Path.of("/sys/fs/cgroup");
        if (!Files.exists(all.resolve("cgroup.controllers"))) {
            return Stream.of("memory", "pids", "freezer", "cpu", "unified").map(h -> all.resolve(h).resolve("caisson-ordinary")).toList();
        }
        String own = Files.readString(Path.of("/proc/self/cgroup")).strip().replaceFirst("^0::/", "");
        return List.of(all.resolve(own).resolveSibling("caisson-ordinary"));
    }

    @Test
    void imagesAreUnpackedUnderHisSubordinateIdsAndRemoved() throws Exception {
        user.withSubordinateIds();
        image();
        archive();
        Map<String, String> said = live("images", "layers");
        assertEquals("1000:1000:755|7:8", said.get("ran"));
        assertEquals("1000|hi", said.get("exec"));
        assertEquals("[]", said.get("left"));
        assertEquals("1000:1000 " + OrdinaryUser.subordinate(1000), said.get("owner"));
        assertEquals("two|gone|hidden", said.get("second"));
        assertEquals("two|gone|hidden", said.get("saved"));
        try (var layers = Files.list(data().resolve("layers/overlay2"))) {
            assertFalse(layers.anyMatch(p -> p.getFileName().toString().length() == 64), "layers are removed with their image");
        }
    }

    /** Row 67: with keepId() he is himself inside, and everybody else is one of his subordinate ids. */
    @Test
    void heKeepsHisNumber() throws Exception {
        user.withSubordinateIds();
        assertEquals(0, new ProcessBuilder("sh", "-ec", "chown -R 0:0 bin tmp; chmod 1777 tmp").directory(root.path().toFile()).inheritIO().start().waitFor());
        image();
        Map<String, String> said = live("keepId", "chosen");
        int uid = OrdinaryUser.uid();
        assertEquals(uid + "|" + uid + "| 0 1 " + uid + "| " + uid + " 0 1| " + (uid + 1) + " " + (uid + 1) + " " + (65_536 - uid) + "|" + uid + ":" + uid + "|his|" + uid + "|0", said.get("kept"));
        assertEquals("" + uid, said.get("keptMade"));
        assertEquals(uid + "|" + uid + "|65534|" + uid, said.get("keptHostRoot"));
        assertEquals("33|0:0|1000:1000|0:0|33:44|1777|refused", said.get("keptImage"), "the image's files are root's and app's, who are not he");
        assertEquals("0|0|1000:5", said.get("keptRoot"));
        assertEquals("1000|ok|sesame", said.get("keptApp"));
        assertEquals(uid + "|1000:1000", said.get("keptExec"));
        assertEquals("[]", said.get("keptChanges"));
        assertTrue(said.get("keptOther").startsWith("UnsupportedOnThisHost: ") && said.get("keptOther").contains("who can keep himself alone"), said.get("keptOther"));
        mapsOfHisChoice(said);
    }

    private static void mapsOfHisChoice(Map<String, String> said) {
        assertEquals("1000| 0 100 33| 33 0 1| 34 200 2000|0|1000|1000", said.get("chosenImage"));
        assertEquals("0|33|0", said.get("chosenRoot"), "his files are those of 33");
        assertTrue(said.get("chosenOther").startsWith("UnsupportedOnThisHost: ") && said.get("chosenOther").contains("subordinate ones alone"), said.get("chosenOther"));
    }

    @Test
    void whoHasNoSubordinateIdsCannotBeKept() {
        Map<String, String> said = live("keepIdAlone");
        assertTrue(said.get("alone").startsWith("UnsupportedOnThisHost: ") && said.get("alone").contains("usermod --add-subuids"), said.get("alone"));
        assertEquals("allowed: 0", said.get("aloneRoot"));
    }

    @Test
    void volumesHoldFilesOfHisContainersUsers() {
        user.withSubordinateIds();
        Map<String, String> said = live("volumes");
        assertEquals("0:0", said.get("filled"), "the directory is his own");
        assertEquals("kept|7:8", said.get("kept"));
        assertEquals("[]", said.get("volumes"));
        assertEquals("1000 400|sesame", said.get("secret"));
    }

    @Test
    void dpkgInstallsAndRemoves() throws Exception {
        user.withSubordinateIds();
        debian();
        image();
        Map<String, String> said = live("packages");
        assertEquals("tiny|1000:2000:750|Status: install ok installed|removed", said.get("packages"));
        assertEquals("true", said.get("packageChanges"));
        assertEquals("[]", said.get("packagesLeft"));
    }

    /** As much of the host's Debian as dpkg needs, and a package with a directory of somebody's. */
    private void debian() throws Exception {
        String script = """
                for p in dpkg dpkg-deb dpkg-split tar rm diff; do
                    f=$(readlink -f $(command -v $p))
                    for l in $f $(ldd $f | grep -o '/[^ ]*'); do mkdir -p .$(dirname $l); cp -n $(readlink -f $l) .$l; done
                    ln -sf $f bin/$p
                done
                mkdir -p usr/bin var/lib/dpkg/info var/lib/dpkg/updates
                touch var/lib/dpkg/status var/lib/dpkg/available
                mkdir -p ../tiny/DEBIAN ../tiny/usr/bin ../tiny/var/lib/tiny
                printf 'Package: tiny\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: tiny\n' > ../tiny/DEBIAN/control
                printf '#!/bin/sh\nchown 1000:2000 /var/lib/tiny && chmod 750 /var/lib/tiny\n' > ../tiny/DEBIAN/postinst
                printf '#!/bin/sh\necho tiny\n' > ../tiny/usr/bin/tiny
                chmod 755 ../tiny/DEBIAN/postinst ../tiny/usr/bin/tiny
                dpkg-deb --root-owner-group --build ../tiny tiny.deb >/dev/null
                """;
        assertEquals(0, new ProcessBuilder("sh", "-ec", script).directory(root.path().toFile()).inheritIO().start().waitFor());
    }

    /** Everything dies with the JVM, and the next engine sweeps the disk, files of his containers' users among it. */
    @Test
    void aKilledJvmLeavesNothing() throws Exception {
        user.withSubordinateIds();
        LeakCheck outside = LeakCheck.watching().ignoring(Set.of(Resource.DESCRIPTORS, Resource.THREADS)).begin();
        Process jvm = user.start(OrdinaryLife.class, arguments("hang"));
        BufferedReader output = new BufferedReader(new InputStreamReader(jvm.getInputStream()));
        String line = output.readLine();
        while (line != null && !line.startsWith("running=")) {
            line = output.readLine();
        }
        assertNotEquals(null, line, "it ended before");
        jvm.destroyForcibly().waitFor();
        outside.assertNothingLeft();
        try (var engines = Files.list(data().resolve("engines"))) {
            assertEquals(1, engines.count(), "the control: there is something to sweep");
        }
        live("execute");
    }

    /** As docker save writes it: a second layer deletes from the first, which has a device node, too. */
    private void archive() throws Exception {
        Path layers = Files.createDirectories(user.home().resolve("layers"));
        String script = """
                mkdir -p 1 2/etc 2/home/app
                tar -C 1 -xf ../image.tar
                echo profile > 1/home/app/.profile
                mknod 1/dev/tty7 c 4 7
                echo two > 2/etc/two
                touch 2/etc/.wh.os-release 2/home/app/.wh..wh..opq
                chown -R 1000:1000 1/home/app 2/home/app
                for l in 1 2; do tar --numeric-owner -C $l -cf $l.tar .; done
                printf '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:%s","sha256:%s"]}}'                     $(sha256sum 1.tar | cut -d' ' -f1) $(sha256sum 2.tar | cut -d' ' -f1) > c.json
                echo '[{"Config":"c.json","RepoTags":["two:1"],"Layers":["1.tar","2.tar"]}]' > manifest.json
                tar -cf ../two.tar manifest.json c.json 1.tar 2.tar
                """;
        assertEquals(0, new ProcessBuilder("sh", "-ec", script).directory(layers.toFile()).inheritIO().start().waitFor());
        user.give(user.home().resolve("two.tar"));
    }
}
