package dev.caisson.host.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerException;
import dev.caisson.Execution;
import dev.caisson.ImageProblem;
import dev.caisson.InvalidSpec;
import dev.caisson.PullPolicy;
import dev.caisson.UserNamespace;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code docker run --mount type=image}. */
class ImageMountTest extends EngineTest {
    @BeforeEach
    void images() throws IOException {
        root.withShell();
        Path data = hostDirectory("data");
        Files.createDirectories(data.resolve("deep/er"));
        Files.writeString(data.resolve("file"), "one\n");
        Files.writeString(data.resolve("deep/er/file"), "two\n");
        engine.images().scratch().copy(data, "/").build("data:1");
        Files.writeString(data.resolve("file"), "three\n");
        engine.images().from("data:1").copy(data.resolve("file"), "/upper").build("data:2"); // two layers
    }

    private ContainerBuilder shell(String script) {
        return tiny().command("/bin/sh", "-c", script);
    }

    private static String said(Execution execution) {
        assertEquals(0, execution.exitCode(), () -> execution.stdout() + execution.stderr());
        return execution.stdout().strip();
    }

    @Test
    void itsFilesAreThereAndCannotBeChanged() {
        for (String image : List.of("data:1", "data:2")) {
            assertEquals("one two", said(shell("echo $(cat /mnt/data/file /mnt/data/deep/er/file)").imageMount(image, "/mnt/data").execute()));
            Execution write = shell("echo x > /mnt/data/file").imageMount(image, "/mnt/data").execute();
            assertTrue(write.exitCode() != 0 && write.stderr().contains("Read-only file system"), write::toString);
        }
        assertEquals("three", said(shell("cat /mnt/upper").imageMount("data:2", "/mnt").execute()));
        assertEquals("two", said(shell("cat /mnt/file").imageMount("data:2", "/mnt", "deep/er").execute()));
        assertEquals("one", said(shell("cat /mnt/file").imageMount("data:2", "/mnt").userns(UserNamespace.auto()).execute()), "in a user namespace of its own");
        assertEquals("0:0", said(shell("stat -c %u:%g /mnt/file").imageMount("data:1", "/mnt").userns(UserNamespace.auto()).execute()));
        assertEquals("one and kept", said(shell("echo kept > /mnt/deep/note; echo $(cat /mnt/file) and $(cat /mnt/deep/note)").imageMount("data:1", "/mnt").volume("inside", "/mnt/deep").execute()),
                "a volume inside of it");
        assertEquals("one", said(shell("cat /srv/image/file").volume("outside", "/srv").imageMount("data:1", "/srv/image").execute()), "it inside of a volume");
    }

    @Test
    void itStaysAsLongAsTheContainer() {
        try (Container container = shell("trap 'exit 0' TERM; while :; do sleep 1; done").imageMount("data:2", "/mnt").run()) {
            assertEquals("three\n", container.exec("/bin/cat", "/mnt/upper").run().stdout());
            ImageProblem used = assertThrows(ImageProblem.class, () -> engine.images().remove("data:2"));
            assertTrue(used.getMessage().contains("container " + container.id()), used::getMessage);
            container.restart();
            assertEquals("three\n", container.exec("/bin/cat", "/mnt/upper").run().stdout(), "after a restart, too");
            assertTrue(container.inspect().json().contains("\"image\""), "inspect says so");
        }
        eventually("the container is gone, and the image may go", java.time.Duration.ofSeconds(30), () -> {
            try {
                engine.images().remove("data:2");
                return true;
            } catch (ImageProblem e) {
                return false;
            }
        });
        engine.images().remove("data:1");
        assertEquals(List.of(), engine.images().list());
    }

    @Test
    void whatCannotBe() {
        assertThrows(ImageProblem.class, () -> shell("true").imageMount("127.0.0.1:1/nobody:1", "/mnt").execute());
        InvalidSpec subpath = assertThrows(InvalidSpec.class, () -> shell("true").imageMount("data:1", "/mnt", "nowhere").execute());
        assertTrue(subpath.getMessage().contains("imageMount(\"data:1\", \"/mnt\")") && subpath.getMessage().contains("nowhere"), subpath::getMessage);
        assertThrows(InvalidSpec.class, () -> shell("true").imageMount("data:1", "/mnt", "../..").execute());
        assertThrows(InvalidSpec.class, () -> shell("true").imageMount("data:1", "/mnt").tmpfs("/mnt").execute(), "two on one target");
        engine.images().remove("data:2");
        engine.images().remove("data:1");
        assertThrows(ContainerException.class, () -> shell("true").imageMount("data:1", "/mnt").execute());
        assertEquals(List.of(), engine.images().list());
    }

    /** {@code docker run --platform}. */
    @Test
    void anImageForAnotherPlatform() {
        try {
            Process process = new ProcessBuilder("sh", "-ec", "cd " + directory + "; umoci init --layout oci; umoci new --image oci:x; umoci raw add-layer --image oci:x " + root.tar(directory.resolve("tiny.tar"))
                    + "; umoci config --image oci:x --architecture mips64; skopeo copy -q oci:oci:x oci-archive:foreign.tar:docker.io/library/foreign:1").inheritIO().start();
            assertEquals(0, process.waitFor());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
        engine.images().load(directory.resolve("foreign.tar"));
        ImageProblem refused = assertThrows(ImageProblem.class, () -> engine.image("foreign:1").command("/bin/true").execute());
        assertTrue(refused.what().contains("is for linux/mips64") && refused.remedy().contains("qemu-user-static"), refused::getMessage);
        refused = assertThrows(ImageProblem.class, () -> engine.image("127.0.0.1:1/app:1").platform("linux/mips64").command("/bin/true").execute());
        assertTrue(refused.what().startsWith("platform linux/mips64"), "before anything is fetched");
        String host = engine.images().find("data:1").orElseThrow().platform();
        assertEquals(0, engine.images().importRootfs(root.tar(directory.resolve("tiny.tar")), "tiny:1").references().size() - 1);
        assertEquals(0, engine.image("tiny:1").platform(host).command("/bin/true").execute().exitCode());
        ImageProblem other = assertThrows(ImageProblem.class, () -> engine.image("foreign:1").platform(host).pull(PullPolicy.NEVER).command("/bin/true").execute());
        assertTrue(other.what().contains("is here for linux/mips64"), other::getMessage);
        assertThrows(InvalidSpec.class, () -> engine.image("tiny:1").platform("arm64").execute());
        assertThrows(InvalidSpec.class, () -> tiny().platform("linux/arm64").command("/bin/true").execute());
    }
}
