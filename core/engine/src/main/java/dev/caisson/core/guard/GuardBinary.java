package dev.caisson.core.guard;

import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Processes;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * The guard's program as a sealed memfd: no temporary file, no {@code noexec} problem, and nobody who opens {@code /proc/self/exe} in a container can
 * overwrite it (CVE-2019-5736).
 */
public final class GuardBinary {
    private GuardBinary() {}

    /** The descriptor is the caller's. */
    public static Fd open() {
        String arch = System.getProperty("os.arch").equals("aarch64") ? "aarch64" : "x86_64";
        String resource = "/META-INF/native/linux-" + arch + "/caisson-guard";
        byte[] program;
        try (InputStream in = GuardBinary.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new UnsupportedOnThisHost(Stage.SPAWN, "the jar holds no guard for this machine (" + resource + ")",
                        "build the module core/engine with gcc on this architecture");
            }
            program = in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Fd memfd;
        try {
            memfd = Processes.memfdCreate("caisson-guard", Processes.MFD_ALLOW_SEALING | Processes.MFD_EXEC);
        } catch (SyscallException e) {
            throw new UnsupportedOnThisHost(Stage.SPAWN, "the guard, by which containers are started, cannot be executed from memory: " + e.getMessage(),
                    e.is(Errno.EACCES) ? "sysctl -w vm.memfd_noexec=1 (it is 2 here, of this PID namespace or one around it)" : "Containers.check() says what this host lacks", e);
        }
        try {
            FileCalls.writeAll(memfd, ByteBuffer.wrap(program));
            Processes.seal(memfd);
            return memfd;
        } catch (RuntimeException e) {
            memfd.close();
            throw e;
        }
    }
}
