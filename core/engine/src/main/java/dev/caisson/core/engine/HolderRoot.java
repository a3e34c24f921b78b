package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.RootSource;
import dev.caisson.Stage;
import dev.caisson.core.guard.GuardBinary;
import dev.caisson.linux.Fd;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/** The root file system of a pod's holder: the guard's program, in the run directory of its engine, which goes with it. */
final class HolderRoot {
    static final String PROGRAM = "/holder";

    private HolderRoot() {}

    private static Path place(EngineHome home) {
        return home.runState().resolve("holder");
    }

    /** Whether that is the spec of a holder. */
    static boolean isRootOf(EngineHome home, ContainerSpec spec) {
        return spec.root() instanceof RootSource.Directory directory && directory.path().equals(place(home));
    }

    /** Made with the first pod. */
    static synchronized Path of(EngineHome home) {
        Path root = place(home);
        Path program = root.resolve(PROGRAM.substring(1));
        if (Files.exists(program)) {
            return root;
        }
        try {
            Files.createDirectories(root);
            Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
            Path draft = root.resolve(".holder");
            try (Fd binary = GuardBinary.open(); InputStream in = Files.newInputStream(Path.of("/proc/self/fd/" + binary.value()))) {
                Files.copy(in, draft, StandardCopyOption.REPLACE_EXISTING);
            }
            Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(draft, program, StandardCopyOption.ATOMIC_MOVE);
            return root;
        } catch (IOException e) {
            throw HomeDirectories.problem(Stage.ROOTFS, "make " + program, e);
        }
    }
}
