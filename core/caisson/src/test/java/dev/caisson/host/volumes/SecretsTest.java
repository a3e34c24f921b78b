package dev.caisson.host.volumes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerSpec;
import dev.caisson.Execution;
import dev.caisson.InvalidSpec;
import dev.caisson.UserNamespace;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Secrets: for the container's user, in memory, and nowhere else. */
class SecretsTest extends EngineTest {
    private static final String WORD = "open-sesame-7391";

    private ContainerBuilder shell(String script) throws IOException {
        Path busybox = hostDirectory("busybox");
        if (!Files.exists(busybox.resolve("bin"))) {
            Files.createDirectories(busybox.resolve("bin"));
            Files.copy(Path.of("/bin/busybox"), busybox.resolve("bin/busybox"), StandardCopyOption.COPY_ATTRIBUTES);
            Files.setPosixFilePermissions(busybox, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        return engine.rootfs(busybox).command("/bin/busybox", "sh", "-c", script).secret("word", WORD.getBytes(StandardCharsets.UTF_8));
    }

    private static String said(Execution execution) {
        assertEquals(0, execution.exitCode(), () -> execution.stdout() + execution.stderr());
        return execution.stdout().strip();
    }

    @Test
    void theContainersUserReadsIt() throws IOException {
        String look = "busybox stat -c '%u:%g %a' /run/secrets/word; busybox cat /run/secrets/word";
        assertEquals("0:0 400\n" + WORD, said(shell(look).execute()));
        assertEquals("1234:1234 400\n" + WORD, said(shell(look).user("1234:1234").execute()));
        assertEquals("1234:1234 400\n" + WORD, said(shell(look).user("1234:1234").userns(UserNamespace.auto()).execute()));
        assertEquals("0:0 400\n" + WORD, said(shell(look).readOnly().execute()));
        assertEquals("0:0 400\n" + WORD, said(shell(look).sandbox().execute()));
    }

    @Test
    void nobodyElseDoesNorChangesIt() throws IOException {
        assertEquals(0, shell("! busybox setpriv --reuid 99 busybox cat /run/secrets/word").execute().exitCode());
        assertEquals(0, shell("! busybox rm /run/secrets/word && ! busybox touch /run/secrets/more && ! busybox sh -c 'echo x > /run/secrets/word'").execute().exitCode());
        try (Container other = tiny().command("/bin/sleep", "600").run(); Container own = shell("busybox sleep 600").stopTimeout(Duration.ZERO).run()) {
            assertFalse(other.exec(TinyRootfs.OBSERVER, "read", "/run/secrets/word").run().stdout().contains(WORD));
            assertFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains("/run/secrets"));
            assertEquals(WORD, said(own.exec("/bin/busybox", "cat", "/run/secrets/word").run()));
            own.restart();
            assertEquals(WORD, said(own.exec("/bin/busybox", "cat", "/run/secrets/word").run()), "it is there after a restart too");
            assertFalse(onDisk(), "no file of the engine's holds it");
        }
    }

    private boolean onDisk() throws IOException {
        List<Path> having = new ArrayList<>();
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                try {
                    if (attributes.isRegularFile() && new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(WORD)) {
                        having.add(file);
                    }
                } catch (NoSuchFileException gone) {
                    return FileVisitResult.CONTINUE; // of a container that ended before, and is removed meanwhile
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw failure;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
                if (failure == null || failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw failure;
            }
        });
        return !having.isEmpty();
    }

    @Test
    void noTextHoldsIt() throws IOException {
        ContainerSpec spec = shell("busybox sleep 600").spec();
        try (Container container = engine.run(spec)) {
            for (String text : List.of(spec.toString(), spec.explain(), container.toString(), spec.files().secrets().toString())) {
                assertFalse(text.contains(WORD), text);
            }
            assertTrue(spec.explain().contains("/run/secrets/word"), spec.explain());
        }
    }

    @Test
    void itsPlaceIsItsOwn() {
        InvalidSpec taken = assertThrows(InvalidSpec.class, () -> tiny().command(TinyRootfs.TRUE).tmpfs("/run/secrets").secret("word", new byte[1]).execute());
        assertTrue(taken.getMessage().contains("/run/secrets"), taken.getMessage());
    }
}
