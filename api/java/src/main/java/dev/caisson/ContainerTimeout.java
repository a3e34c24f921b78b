package dev.caisson;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A time-out given by the caller passed. What had a time-out of its own was killed with all that belonged to it, and this carries what had been printed until then; what was only waited for goes on. */
public final class ContainerTimeout extends ContainerException {
    private static final long serialVersionUID = 1L;

    private final Duration timeout;
    private final transient @Nullable Execution partial;

    /**
     * For engines.
     *
     * @param what what was waited for, and how long
     * @param timeout that passed
     * @param partial output and figures up to the kill; null where none were kept
     */
    public ContainerTimeout(String what, Duration timeout, @Nullable Execution partial) {
        super(Stage.SUPERVISE, what, partial == null ? "wait longer, or stop() it" : "give a longer timeout(Duration), or find out from the partial output what it waited for", null);
        this.timeout = timeout;
        this.partial = partial;
    }

    /** {@return the time-out that passed} */
    public Duration timeout() {
        return timeout;
    }

    /** {@return what was printed and used until the kill, if it was kept} */
    public java.util.Optional<Execution> partial() {
        return java.util.Optional.ofNullable(partial);
    }
}
