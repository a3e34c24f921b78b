package dev.caisson;

import java.time.Instant;
import java.util.Optional;

/**
 * Which lines of a container's output are meant ({@code docker logs}). A value: each method gives another.
 *
 * @param follow whether those still to come are too
 * @param tail of those there are, only the last so many; -1 for all
 * @param since not earlier
 * @param until earlier than this; a follower ends then
 */
public record LogQuery(boolean follow, int tail, Optional<Instant> since, Optional<Instant> until) {
    private static final LogQuery ALL = new LogQuery(false, -1, Optional.empty(), Optional.empty());

    /**
     * Every line that there is.
     *
     * @return without following
     */
    public static LogQuery all() {
        return ALL;
    }

    /**
     * And those to come, to the container's end ({@code --follow}); with a {@link RestartPolicy}, to the end after which it is not started again.
     *
     * @return a copy
     */
    public LogQuery following() {
        return new LogQuery(true, tail, since, until);
    }

    /**
     * Of those there are, only the last so many ({@code --tail}).
     *
     * @param lines from 0, for those to come alone
     * @return a copy
     * @throws InvalidSpec if it is negative
     */
    public LogQuery last(int lines) {
        if (lines < 0) {
            throw new InvalidSpec("last(" + lines + ")", "is negative", "leave it out for all");
        }
        return new LogQuery(follow, lines, since, until);
    }

    /**
     * None that is earlier ({@code --since}).
     *
     * @param time that itself is meant
     * @return a copy
     */
    public LogQuery since(Instant time) {
        return new LogQuery(follow, tail, Optional.of(time), until);
    }

    /**
     * None that is not earlier than this ({@code --until}).
     *
     * @param time that itself is not meant; a follower ends then
     * @return a copy
     */
    public LogQuery until(Instant time) {
        return new LogQuery(follow, tail, since, Optional.of(time));
    }

    /**
     * {@return whether a line of this time is meant}
     *
     * @param time when the engine read it
     */
    public boolean matches(Instant time) {
        return since.filter(time::isBefore).isEmpty() && until.filter(u -> !time.isBefore(u)).isEmpty();
    }
}
