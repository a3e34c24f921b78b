package dev.caisson.core.engine;

import dev.caisson.HostReport.Finding;
import dev.caisson.HostReport.Grade;
import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Machine;
import dev.caisson.linux.SyscallException;
import java.util.Optional;

/** What an engine cannot even begin without: a processor whose system calls are known, JNA's library, and openat2(2), by which everything below a container's root is found. */
final class Foundations {
    private static final String OTHER_MACHINE = "a machine and a Java runtime of x86_64 or aarch64, 64 bit";
    private static final String OTHER_DIRECTORY = "-Djna.tmpdir=DIRECTORY on a file system that is not mounted noexec";

    private Foundations() {}

    /** @throws UnsupportedOnThisHost if something is missing, before anything was made */
    static void require() {
        if (!Machine.known()) {
            throw new UnsupportedOnThisHost(Stage.VALIDATE, "containers cannot run here: " + Machine.refusal(), OTHER_MACHINE);
        }
        try (Fd here = FileCalls.openat2(Fd.CWD, ".", Fcntl.O_PATH, 0, Fcntl.RESOLVE_NO_MAGICLINKS)) {
            here.value();
        } catch (SyscallException e) {
            throw new UnsupportedOnThisHost(Stage.VALIDATE, "containers cannot run here: " + e.getMessage(),
                    "Linux 5.6 or newer; in a container, a seccomp profile that allows openat2", e);
        } catch (LinkageError e) {
            throw new UnsupportedOnThisHost(Stage.VALIDATE, "containers cannot run here: JNA cannot load its library: " + cause(e), OTHER_DIRECTORY, e);
        }
    }

    /** What check() says where no system call can be made; empty where they can. */
    static Optional<Finding> withoutLibrary() {
        if (!Machine.known()) {
            return Optional.of(new Finding("processor", Grade.REQUIRED, false, Machine.refusal(), OTHER_MACHINE));
        }
        try {
            Fd.CWD.value();
            dev.caisson.linux.Processes.getpid();
            return Optional.empty();
        } catch (LinkageError e) {
            return Optional.of(new Finding("JNA", Grade.REQUIRED, false, "its library cannot be loaded: " + cause(e), OTHER_DIRECTORY));
        }
    }

    private static String cause(Throwable e) {
        Throwable deepest = e;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return String.valueOf(deepest.getMessage()).lines().findFirst().orElse(deepest.getClass().getSimpleName());
    }
}
