package dev.caisson.host.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.testkit.OrdinaryUser;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an ordinary user is told whose subordinate ids are too few, are others than they were, or cannot have files in his home. */
@Timeout(300)
class OrdinaryIdsTest extends RootlessTest {
    private static final String EPERM = "1";
    private static final String FCHOWNAT = "260";
    private static final String ENGINE = "data/caisson";

    private Map<String, String> odd(String... scenarios) {
        return said(user.java(OrdinaryOdds.class, arguments(scenarios)).output());
    }

    private void assertSays(String said, String... words) {
        for (String word : words) {
            assertTrue(String.valueOf(said).contains(word), word + ": " + said);
        }
    }

    @Test
    void aRangeThatIsTooSmall() throws Exception {
        user.withSubordinateIds(0, 100);
        image();
        Map<String, String> said = odd("plain", "app", "load", "remove");
        String more = "usermod --add-subuids 1200000100-1200065635 --add-subgids 1200000100-1200065635 ordinary";
        assertEquals("allowed: 0 0|[]", said.get("plain"));
        assertSays(said.get("app"), "UnsupportedOnThisHost", "no user 1000 but users 0 to 100 and groups 0 to 100", more);
        assertSays(said.get("import"), "StorageProblem", "its owner " + OrdinaryUser.uid() + ":" + OrdinaryUser.uid() + " is none of the users 0 to 100 and groups 0 to 100", more);
    }

    /** Whose files lie there stays true, or nothing is begun: they would be nobody's in every container, and the user could not remove them. */
    @Test
    void idsThatHeHasNoMore() throws Exception {
        user.withSubordinateIds();
        image();
        assertEquals("allowed: 0 1000:1000|7|[]", odd("load", "image", "leave").get("image"));
        String lines = "'ordinary:1200000000:65536' in /etc/subuid and 'ordinary:1200000000:65536' in /etc/subgid";
        user.withSubordinateIds(0, 0);
        assertSays(odd("plain").get("open"), "EngineProblem", lines, "has no range in /etc/subuid", "give them back", "rm -rf " + user.home().resolve(ENGINE));
        user.withSubordinateIds(100_000, 65_536);
        assertSays(odd("plain").get("open"), "EngineProblem", lines, "containers of this JVM have others", "give them back");
        user.withSubordinateIds(0, 70_000);
        Map<String, String> said = odd("image", "remove", "plain");
        assertEquals("allowed: 0 1000:1000|7|[]", said.get("image"), "it has grown");
        assertEquals("allowed: []", said.get("remove"));
        assertNothingOnDisk(); // what the container left that nobody ended
        user.withSubordinateIds(100_000, 65_536);
        assertEquals("allowed: 0 0|[]", odd("plain").get("plain")); // no file of the others is left
    }

    /** As NFS does, which knows nothing of user namespaces. */
    @Test
    void aFileSystemThatDoesNotGiveFilesToThem() throws Exception {
        Path source = user.home().resolve("deny.c");
        try (InputStream in = dev.caisson.host.check.OnBrokenHost.class.getResourceAsStream("deny.c")) {
            Files.copy(in, source);
        }
        Path deny = user.home().resolve("deny");
        assertEquals(0, new ProcessBuilder("gcc", "-O1", "-o", deny.toString(), source.toString()).inheritIO().start().waitFor());
        user.withSubordinateIds().through(deny.toString(), EPERM, FCHOWNAT, "--");
        image();
        assertSays(odd("load").get("import"), "StorageProblem", "as NFS does not", "Remedy: put the engine's root on a local disk");
    }

    @Test
    void aHomeOnAnOverlay() throws Exception {
        user.withSubordinateIds();
        image();
        String over = "mount -t tmpfs tmpfs /mnt; mkdir /mnt/l /mnt/u /mnt/w; mount -t overlay -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w overlay " + user.home().resolve("data");
        user.prepared(over + "; chown " + OrdinaryUser.uid() + ":" + OrdinaryUser.uid() + " " + user.home().resolve("data"));
        Map<String, String> said = odd("plain", "load", "image");
        assertSays(said.get("plain"), "StorageProblem", "not supported as upperdir", "Remedy: what a container writes cannot lie on every file system", "Engine.builder().root");
        assertEquals("allowed: 0 1000:1000|7|[]", said.get("image"), "images are copied there, by the driver vfs");
    }

    /** As tmpfs before Linux 6.6, and some of FUSE. */
    @Test
    void aHomeWithoutExtendedAttributes() throws Exception {
        user.withSubordinateIds();
        image();
        String data = user.home().resolve("data").toString();
        user.prepared("mount -t ramfs ramfs " + data + "; chown " + OrdinaryUser.uid() + ":" + OrdinaryUser.uid() + " " + data + "; chmod 700 " + data);
        Map<String, String> said = odd("plain", "load", "image");
        assertSays(said.get("plain"), "Input/output error", "a directory cannot be made inside where another was deleted (EIO)", "put the engine's root on ext4");
        assertEquals("allowed: 0 1000:1000|7|[]", said.get("image"), "images are copied there");
    }

    @Test
    void programsMayNotBeExecutedFromMemory() {
        assumeTrue(Files.exists(Path.of("/proc/sys/vm/memfd_noexec")), "Linux 6.3");
        user.withSubordinateIds().through("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-ec", "echo 2 > /proc/sys/vm/memfd_noexec; exec \"$@\"", "sh");
        Map<String, String> said = odd("plain", "check");
        assertSays(said.get("plain"), "UnsupportedOnThisHost", "memfd_create(caisson-guard): EACCES", "Remedy: sysctl -w vm.memfd_noexec=1");
        assertSays(said.get("check"), "memfd_create(caisson-guard): EACCES", "sysctl -w vm.memfd_noexec=1");
    }

    @Test
    void librariesMayNotBeLoadedFromTemporaryFiles() {
        user.withSubordinateIds().prepared("mount -t tmpfs -o noexec,mode=1777 tmpfs " + user.home().resolve("tmp"));
        assertSays(odd("plain").get("open"), "UnsupportedOnThisHost", "JNA cannot load its library", "Remedy: -Djna.tmpdir=DIRECTORY on a file system that is not mounted noexec");
    }
}
