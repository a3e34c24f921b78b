package dev.caisson.host.rootless;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.host.EngineTest;
import dev.caisson.testkit.OrdinaryUser;
import dev.caisson.testkit.RequiresRoot;
import dev.caisson.testkit.RequiresTool;
import dev.caisson.testkit.leak.LeakChecked;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;

/** A JVM of its own, as an ordinary user, for each test; afterwards nothing of it may be left, be it on his disk. */
@Tag("host")
@RequiresRoot
@RequiresTool(value = {"newuidmap", "setpriv"}, debianPackage = "uidmap")
@LeakChecked
abstract class RootlessTest {
    protected OrdinaryUser user;
    protected TinyRootfs root;

    @BeforeEach
    void makeUser() throws IOException {
        user = OrdinaryUser.in(Files.createTempDirectory(Path.of("/var/tmp"), "caisson-ordinary-"));
        root = TinyRootfs.create(user.home().resolve("rootfs")).withShell();
        user.give(root.path());
    }

    @AfterEach
    void removeUser() {
        user.close();
    }

    /** Runs scenarios of {@link OrdinaryLife} to their end and gives back what they said. */
    protected Map<String, String> live(String... scenarios) {
        return run(OrdinaryLife.class, scenarios);
    }

    /** The same of another program. */
    protected Map<String, String> run(Class<?> program, String... scenarios) {
        OrdinaryUser.Result result = user.java(program, arguments(scenarios));
        assertEquals(0, result.exitCode(), result.output());
        assertNothingOnDisk();
        return said(result.output());
    }

    protected String[] arguments(String... scenarios) {
        List<String> arguments = new ArrayList<>(List.of(root.path().toString()));
        arguments.addAll(List.of(scenarios));
        return arguments.toArray(String[]::new);
    }

    protected static Map<String, String> said(String output) {
        Map<String, String> said = new TreeMap<>();
        output.lines().filter(line -> line.matches("\\w+=.*")).forEach(line -> said.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1)));
        return said;
    }

    /** Of a program whose scenario "hang" says {@code running=PORT} and stays. */
    protected void aKilledJvmGivesItsPortBack(Class<?> program) throws IOException, InterruptedException {
        Process jvm = user.start(program, arguments("hang"));
        BufferedReader lines = jvm.inputReader();
        String line = lines.readLine();
        while (line != null && !line.startsWith("running=")) {
            line = lines.readLine();
        }
        assertTrue(line != null, "it did not run");
        int port = Integer.parseInt(line.substring("running=".length()));
        jvm.descendants().filter(p -> p.info().command().orElse("").endsWith("java")).forEach(ProcessHandle::destroyForcibly);
        jvm.destroyForcibly().waitFor();
        EngineTest.eventually("the port is free", Duration.ofSeconds(30), () -> {
            try {
                new ServerSocket(port).close();
                return true;
            } catch (IOException e) {
                return false;
            }
        });
        lines.close();
    }

    protected Path data() {
        return user.home().resolve("data/caisson");
    }

    /** Of engines; layers and images stay. */
    protected void assertNothingOnDisk() {
        for (Path directory : List.of(data().resolve("engines"), data().resolve("names"), user.home().resolve("run"))) {
            try (var left = Files.list(directory)) {
                List<Path> files = left.filter(p -> !p.endsWith("caisson")).toList();
                assertTrue(files.isEmpty(), files::toString);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** A root file system as a tar, with files of user 1000. */
    protected Path image() throws Exception {
        Path tar = user.home().resolve("image.tar");
        for (String command : new String[] {"chown -R 1000:1000 " + root.at("home/app"), "tar --numeric-owner -cf " + tar + " -C " + root.path() + " ."}) {
            assertEquals(0, new ProcessBuilder("sh", "-ec", command).inheritIO().start().waitFor());
        }
        user.give(root.path());
        return user.give(tar);
    }
}
