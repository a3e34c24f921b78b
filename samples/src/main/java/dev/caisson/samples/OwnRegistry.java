package dev.caisson.samples;

import dev.caisson.Engine;
import dev.caisson.Registry;
import dev.caisson.RegistryAccess;
import dev.caisson.RegistryServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A registry of one's own: an image is pushed to it, forgotten here, pulled again by its digest, and run. */
public final class OwnRegistry {
    private OwnRegistry() {}

    /** Does it with an image of busybox. */
    public static void main(String[] args) throws IOException {
        Path directory = Files.createTempDirectory("caisson-registry-");
        try (BusyboxRootfs busybox = BusyboxRootfs.make()) {
            System.out.print(roundTrip(directory, busybox.directory()));
        } finally {
            Directories.remove(directory);
        }
    }

    static String roundTrip(Path directory, Path rootfs) {
        Path tar = directory.resolve("busybox.tar");
        Commands.run(List.of("tar", "-C", rootfs.toString(), "-cf", tar.toString(), "."));
        try (RegistryServer registry = Registry.serve(directory.resolve("registry")).user("me", "secret").start();
                Engine engine = Engine.builder().root(directory.resolve("state")).registry(RegistryAccess.of(registry.host()).login("me", "secret")).build()) {
            String name = registry.host() + "/team/hello";
            engine.images().importRootfs(tar, name + ":v1", "CMD [\"echo\", \"hello from my own registry\"]");
            String digest = engine.images().push(name + ":v1");
            engine.images().remove(name + ":v1");
            return engine.image(name + "@" + digest).execute().stdout();
        }
    }
}
