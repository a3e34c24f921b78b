package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.Stage;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.core.streams.LogOutput;
import dev.caisson.core.streams.MemoryOutput;
import dev.caisson.core.streams.RecentLines;
import dev.caisson.spi.Subject;
import dev.caisson.spi.logging.LogDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** LOGS: where a container's output goes, opened. @param driver null where output only stays in memory */
record OpenLogs(Outputs outputs, @Nullable LogDriver driver) {
    private static final String DEFAULT_DRIVER = "json-file";

    /**
     * @param keep whether output is kept in memory ({@code execute()}), which opens a log driver only if asked
     * @param recent gets the last lines
     * @param exceeded called when what is kept passes its limit
     */
    static OpenLogs open(Drivers drivers, Executor workers, ContainerSpec spec, String id, String name, ImageDefaults image, boolean keep, Path directory,
            Runnable exceeded, RecentLines recent) {
        String wanted = spec.log().driver();
        LogDriver driver = null;
        LogOutput log = null;
        if (!wanted.isEmpty() || !keep) {
            Subject subject = new Subject(id, name, image.id() == null ? "" : image.id(), image.reference(),
                    spec.process().command() == null ? List.of() : spec.process().command(), spec.identity().hostname(), Instant.now(), spec.labels(),
                    spec.process().env());
            driver = drivers.log(wanted.isEmpty() ? DEFAULT_DRIVER : wanted, spec.log().options(), subject, make(directory.resolve("log")));
            log = new LogOutput(name, driver, recent, workers);
        }
        long limit = spec.life().outputLimit();
        return new OpenLogs(new Outputs(keep ? new MemoryOutput(limit, exceeded) : null, keep ? new MemoryOutput(limit, exceeded) : null, log, recent), driver);
    }

    private static Path make(Path directory) {
        try {
            if (Files.isDirectory(directory)) {
                return directory; // a restart goes on where the last run ended
            }
            return Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw HomeDirectories.problem(Stage.LOGS, "make the log directory " + directory, e);
        }
    }
}
