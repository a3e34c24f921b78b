package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContainerBuilder;
import dev.caisson.ContainerException;
import dev.caisson.Execution;
import dev.caisson.InvalidSpec;
import dev.caisson.host.EngineTest;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** Invariant 2: a mount that did not end where it was meant to is a failure, also where the mount itself may be done without. */
class ReadOnlyRootTest extends EngineTest {
    /** A second writable root on top of the read-only one could be reached by "/..", which follows mounts. */
    @Test
    void anImagesLinkCannotStackAWritableRootOnTheReadOnlyOne() throws Exception {
        root.withShell();
        Files.delete(root.at("tmp"));
        root.link("tmp", "/");
        ContainerException refused = assertThrows(ContainerException.class, () -> tiny().readOnly().command("/bin/touch", "/../x").execute());
        assertTrue(refused.getMessage().contains("ESTALE"), refused.getMessage());
        assertEquals(0, tiny().command("/bin/touch", "/../x").execute().exitCode()); // the control: writable where it was not asked to be read-only
    }

    @Test
    void aLinkToAnotherPlaceIsFine() {
        root.withShell();
        root.directory("var/volatile", "rwxrwxrwx").link("var/cache", "volatile");
        Execution run = tiny().readOnly().command("/bin/sh", "-c", "touch /var/cache/x && ! touch /etc/x").execute();
        assertEquals(0, run.exitCode(), run::stderr);
    }

    /** Row 83: thousands of volumes are the image's fault and nobody's crash. */
    @Test
    void moreMountsThanALaunchCarriesAreAnError() {
        root.withShell();
        ContainerBuilder tmpfs = tiny().command("/bin/true");
        ContainerBuilder binds = tiny().command("/bin/true");
        StringBuilder volumes = new StringBuilder("VOLUME [\"/v\"");
        for (int i = 0; i < 10_000; i++) {
            volumes.append(",\"/v/").append(i).append('"');
        }
        for (int i = 0; i < 300; i++) {
            tmpfs.tmpfs("/t/" + i);
            binds.bind(directory, "/t/" + i);
        }
        engine.images().importRootfs(root.tar(directory.resolve("root.tar")), "volumes:1", volumes.append(']').toString());
        assertThrows(InvalidSpec.class, tmpfs::execute);
        assertThrows(InvalidSpec.class, binds::execute);
        assertThrows(InvalidSpec.class, () -> engine.image("volumes:1").readOnly().command("/bin/true").execute());
        assertEquals(0, engine.image("volumes:1").command("/bin/true").execute().exitCode()); // the control: on a writable root volumes cost nothing
    }
}
