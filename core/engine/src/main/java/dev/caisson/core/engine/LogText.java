package dev.caisson.core.engine;

import dev.caisson.LoggingProblem;
import dev.caisson.Stage;
import dev.caisson.core.streams.LogOutput;
import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.logging.LogReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a container printed, as text.
 *
 * @param removed whether its driver's files are gone by now
 */
record LogText(String name, Outputs outputs, @Nullable LogDriver driver, BooleanSupplier removed) {
    /** From the driver if it can be read, else the last lines. */
    String read() {
        LogOutput log = outputs.log();
        if (log == null) {
            return outputs.recent().text();
        }
        try {
            log.flush();
            if (driver instanceof LogReader reader && !removed.getAsBoolean()) {
                return all(reader);
            }
        } catch (IOException e) {
            if (!removed.getAsBoolean()) {
                throw unreadable(name, e);
            } // else it was removed while we read
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return outputs.recent().text();
    }

    static LoggingProblem unreadable(String name, IOException e) {
        return new LoggingProblem(Stage.LOGS, "could not read the logs of container " + name + ": " + e.getMessage(), "look at the file that inspect().json() names as LogPath", e);
    }

    private static String all(LogReader reader) throws IOException, InterruptedException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        reader.read(-1, null, null, entry -> {
            byte[] line = new byte[entry.line().remaining()];
            entry.line().get(line);
            all.writeBytes(line);
            if (entry.partial() == null || entry.partial().last()) {
                all.write('\n');
            }
        });
        return all.toString(StandardCharsets.UTF_8);
    }
}
