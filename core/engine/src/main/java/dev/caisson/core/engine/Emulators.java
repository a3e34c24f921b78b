package dev.caisson.core.engine;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.image.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Whether this host runs programs of other processors: by itself, or by emulators that the kernel knows (binfmt_misc). */
final class Emulators {
    static final Path BINFMT = Path.of("/proc/sys/fs/binfmt_misc");

    private final Path registered;

    /** @param registered {@link #BINFMT} */
    Emulators(Path registered) {
        this.registered = registered;
    }

    /** @throws ImageProblem if it does not */
    void require(String what, Platform platform, Platform host) {
        if (!natively(platform, host) && !emulated(platform)) {
            throw new ImageProblem(Stage.RESOLVE, what + " is for " + platform + ", and this host runs " + host + " and has no emulator for the other",
                    "pull the image for " + host + ", or register an emulator with the flag F: apt-get install qemu-user-static binfmt-support");
        }
    }

    /** An image that does not say what it is for is tried. 32-bit programs run on 64-bit kernels of their family. */
    private static boolean natively(Platform platform, Platform host) {
        String own = host.architecture();
        String its = platform.architecture();
        return platform.os().equals(host.os()) && (its.isEmpty() || its.equals(own) || own.equals("amd64") && its.equals("386") || own.equals("arm64") && its.equals("arm"));
    }

    private boolean emulated(Platform platform) {
        if (!platform.os().equals("linux")) {
            return false;
        }
        try (Stream<Path> entries = Files.list(registered)) {
            return entries.anyMatch(entry -> runs(entry, platform.architecture()));
        } catch (IOException e) {
            return false; // not mounted, so nothing is registered
        }
    }

    private static boolean runs(Path entry, String architecture) {
        try {
            return Binfmt.parse(Files.readString(entry)).filter(e -> e.runs(architecture)).isPresent();
        } catch (IOException e) {
            return false; // "register" cannot be read, others may have gone
        }
    }
}
