package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.InvalidSpec;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Users and groups, from the container's own files and by one parser; what a process inherits. Rows 14, 15, 16, 17, 18, 21, 25. */
class IdentityTest extends EngineTest {
    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"root; 0; 0; 0", "app; 1000; 1000; 1000,2000", "1000; 1000; 1000; 1000,2000", "app:extra; 1000; 2000; 2000", "app:0; 1000; 0; 0",
        "12345; 12345; 0; 0", "12345:54321; 12345; 54321; 54321", "4294967294:4294967294; 4294967294; 4294967294; 4294967294", "00; 0; 0; 0", "nobody; 65534; 65534; 65534"})
    void usersAreThoseOfTheContainer(String user, String uid, String gid, String groups) {
        for (Observation seen : bothWays(user)) {
            assertEquals(uid, seen.get("uid"));
            assertEquals(uid, seen.get("euid"));
            assertEquals(uid, seen.get("suid"));
            assertEquals(gid, seen.get("gid"));
            assertEquals(gid, seen.get("sgid"));
            assertEquals(groups, seen.get("groups"));
        }
    }

    /** By run and by exec: one parser (row 15). */
    private Observation[] bothWays(String user) {
        Observation run = observe(tiny().user(user), "ids");
        try (Container container = tiny().command(observer("sleep", "60")).run()) {
            return new Observation[] {run, observation(container.exec(observer("ids")).user(user).run())};
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "4294967295", "4294967296", "18446744073709551616", "1e3", "0x0", " 0", "0 ", "\u0660", "1000:", ":0", "a:b:c", "1000:-1", "1000:4294967295", "+0",
        "no-such-user", "app:no-such-group", "0\n", "root\0", ".."})
    void whatIsNoUserIsNeverLookedUpOrWrapped(String user) {
        // Row 14: the image maps each of these names to root.
        String name = user.split(":")[0];
        root.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n" + (name.startsWith("no-such") || name.contains("\n") ? "" : name + ":x:0:0::/:/bin/sh\n") + "app:x:1000:1000::/:/bin/sh\n");
        InvalidSpec run = assertThrows(InvalidSpec.class, () -> observe(tiny().user(user), "ids"));
        assertTrue(run.getMessage().contains("user"), run.getMessage());
        try (Container container = tiny().command(observer("sleep", "60")).run()) {
            assertThrows(ContainerException.class, () -> container.exec(observer("ids")).user(user).run());
        }
    }

    @Test
    void groupsAreAddedAndNeverInherited() {
        Observation seen = observe(tiny().user("app:1000").group("extra").group("77"), "ids");
        assertEquals("77,1000,2000", seen.get("groups"), "as the kernel sorts them");
        // Row 18: a directory that is closed to the primary group is closed.
        root.directory("closed", "rwx---r-x");
        assertEquals("EACCES", observe(tiny().user("1000:0"), "list", "/closed").get("list./closed"));
        assertEquals("ok", observe(tiny().user("1000:1000"), "list", "/closed").get("list./closed"), "the control");
        assertThrows(InvalidSpec.class, () -> observe(tiny().group("no-such-group"), "ids"));
    }

    @Test
    void accountFilesThatAreNoFilesHangNobody() throws Exception {
        // Row 16: FIFO, device, link to /proc, directory.
        for (String made : new String[] {"mkfifo PATH", "mknod PATH c 1 5", "ln -s /proc/kmsg PATH", "mkdir PATH", "ln -s /dev/zero PATH"}) {
            Files.deleteIfExists(root.at("/etc/passwd"));
            String command = made.replace("PATH", root.at("/etc/passwd").toString());
            assertEquals(0, new ProcessBuilder("sh", "-c", command).start().waitFor());
            Assertions.assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
                ContainerException e = assertThrows(ContainerException.class, () -> observe(tiny().user("app"), "ids"), made);
                assertTrue(e.getMessage().contains("passwd"), e.getMessage());
            });
        }
    }

    @Test
    void accountFilesBeyondReasonAreRefused() throws IOException {
        try (RandomAccessFile passwd = new RandomAccessFile(root.at("/etc/passwd").toFile(), "rw")) {
            passwd.setLength(4L << 30);
        }
        ContainerException e = assertThrows(ContainerException.class, () -> observe(tiny().user("app"), "ids"));
        assertTrue(e.getMessage().contains("passwd"), e.getMessage());
        String account = "app:x:1000:1000::/:/bin/sh\n";
        Files.writeString(root.at("/etc/passwd"), "# more\n".repeat((11 << 20) / 7) + account);
        e = assertThrows(ContainerException.class, () -> observe(tiny().user("app"), "ids"), "11 MiB of lines that are none, though the account is there");
        assertTrue(e.getMessage().contains("passwd"), e.getMessage());
        Files.writeString(root.at("/etc/passwd"), "# more\n".repeat((9 << 20) / 7) + account);
        assertEquals(1000, observe(tiny().user("app"), "ids").integer("uid"), "the control: 9 MiB are read");
        Files.writeString(root.at("/etc/passwd"), "x".repeat(70_000) + "\napp:x:1000:1000::/:\n");
        assertThrows(ContainerException.class, () -> observe(tiny().user("app"), "ids"));
    }

    @Test
    void theHomeComesFromTheContainersPasswd() throws IOException {
        assertEquals("/home/app", observe(tiny().user("app"), "env").get("env.HOME"));
        assertEquals("/", observe(tiny().user("4242"), "env").get("env.HOME"));
        String passwd = tiny().env("HOME", "/x\nroot2::0:0::/:/bin/sh").command(observer("cat", "/etc/passwd")).execute().stdout();
        assertEquals(Files.readString(root.at("/etc/passwd")), passwd, "row 17: nothing of it gets into a file");
    }

    @Test
    void theEnvironmentIsTheContainersAlone() {
        // Row 21: an image may list names without values, or globs; nothing of the JVM's is looked up.
        engine.images().importRootfs(root.tar(directory.resolve("image.tar")), "env", "ENV A=1", "ENV PATH=/bin");
        Map<String, String> seen = new TreeMap<>(observe(engine.image("env").hostname("h").env("B", "2=3"), "env").below("env."));
        assertEquals(new TreeMap<>(Map.of("A", "1", "B", "2=3", "PATH", "/bin", "HOSTNAME", "h", "HOME", "/root")), seen);
        engine.images().remove("env");
        assertFalse(System.getenv().isEmpty(), "the control: the JVM has an environment to leak");
    }

    @Test
    void thePostureIsTheSameForEveryContainer() {
        // Row 25: what a process inherits from a JVM is reset.
        Observation seen = observe(tiny(), "ids", "+", "confinement", "+", "cwd");
        assertEquals("0022", seen.get("umask"));
        assertEquals("1", seen.get("sid"));
        assertEquals("1", seen.get("pgid"));
        assertEquals("0", seen.get("nice"));
        assertEquals("1", seen.get("threads"));
        assertEquals("0000000000000000", seen.get("signals.caught"));
        assertEquals("/", seen.get("cwd"));
        try (Container container = tiny().workdir("/home/app").command(observer("sleep", "60")).run()) {
            Observation exec = observeIn(container, "ids", "+", "confinement", "+", "cwd");
            assertEquals("0022", exec.get("umask"));
            assertEquals(exec.get("pid"), exec.get("sid"));
            assertEquals("/home/app", exec.get("cwd"));
        }
    }
}
