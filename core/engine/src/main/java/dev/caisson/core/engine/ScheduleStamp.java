package dev.caisson.core.engine;

import dev.caisson.InvalidSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file that remembers from when a schedule counts and until when everything due was dealt with: two times, a line each. */
final class ScheduleStamp {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");

    private final @Nullable Path file;
    private Instant start;
    private Instant until;

    /** @param file null for none @param now what it begins with where there is none, or one from the future */
    ScheduleStamp(@Nullable Path file, Instant now) {
        this.file = file;
        this.start = now;
        this.until = now;
        if (file != null && !read(file, now)) {
            write(start, until);
        }
    }

    private boolean read(Path from, Instant now) {
        try {
            List<String> lines = Files.readAllLines(from);
            Instant first = Instant.parse(lines.get(0));
            Instant second = Instant.parse(lines.get(1));
            if (first.isAfter(second) || second.isAfter(now)) {
                LOG.warn("{} is of the future: nothing counts as missed", from);
                return false;
            }
            start = first;
            until = second;
            return true;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException | DateTimeException | IndexOutOfBoundsException e) {
            throw new InvalidSpec("stamp(" + from + ")", "is no stamp of a schedule: " + e, "give another file, or remove it");
        }
    }

    Instant start() {
        return start;
    }

    Instant until() {
        return until;
    }

    /** All of it or nothing, whenever the JVM dies. A failure is logged: the schedule goes on. */
    void write(Instant first, Instant second) {
        Path to = file;
        if (to == null) {
            return;
        }
        Path next = to.resolveSibling(to.getFileName() + ".new");
        try {
            Files.writeString(next, first + "\n" + second + "\n");
            Files.move(next, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("the stamp of a schedule could not be written: {}", e.toString());
        }
    }
}
