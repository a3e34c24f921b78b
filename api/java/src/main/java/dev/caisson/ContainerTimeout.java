package dev.caisson;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A time-out given by the caller passed; everything that belonged to the run was killed. Carries what had been printed until then. */
public final class ContainerTimeout extends ContainerException {
    private static final long serialVersionUID = 1L;

    private final Duration timeout;
    private final transient @Nullable Execution partial;

    /** @param partial output and figures up to the kill; null where none were kept */
    public ContainerTimeout(String what, Duration timeout, @Nullable Execution partial) {
        super(Stage.SUPERVISE, what, "give a longer timeout(Duration), or find out from the partial output what it waited for", null);
        this.timeout = timeout;
        this.partial = partial;
    }

    /** The time-out that passed. */
    public Duration timeout() {
        return timeout;
    }

    /** What was printed and used until the kill, if it was kept. */
    public java.util.Optional<Execution> partial() {
        return java.util.Optional.ofNullable(partial);
    }
}
