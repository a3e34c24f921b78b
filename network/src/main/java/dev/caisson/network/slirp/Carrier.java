package dev.caisson.network.slirp;

import dev.caisson.spi.network.AttachRequest.PortMapping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A program that carries what one network namespace sends, as a user's own traffic: what it cannot do, and how it is run. */
interface Carrier {
    /** The program's, and the driver's. */
    String name();

    /** Refuses what it cannot publish. @param who whose ports they are, for the message */
    void check(String who, List<PortMapping> ports);

    /**
     * Begins to carry, and waits until it does.
     *
     * @param pid of a process in the namespace
     * @param scratch a name that is free, in a directory of this driver's
     * @param ports with the host's ports, which are held until {@code release} is run
     */
    Carrying begin(Path program, int pid, Path scratch, List<PortMapping> ports, Runnable release) throws IOException;

    /** Until it is closed, or this JVM ends, however it ends. */
    interface Carrying extends AutoCloseable {
        @Override
        void close();
    }

    /** Where a program is. */
    static Optional<Path> find(String name) {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        return Stream.of(path.split(":")).filter(d -> d.startsWith("/")).map(d -> Path.of(d, name)).filter(Files::isExecutable).findFirst();
    }
}
