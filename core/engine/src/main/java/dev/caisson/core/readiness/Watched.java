package dev.caisson.core.readiness;

import dev.caisson.Container;
import dev.caisson.ExitStatus;
import dev.caisson.core.streams.LineTap;
import java.net.URI;
import java.util.Optional;

/** The container that is waited for, as the probes see it. */
public interface Watched {
    /** For {@code exec} and conditions of the user's. */
    Container container();

    /** How it ended, if it did. */
    Optional<ExitStatus> exit();

    /** Whether it has the host's network, whose sockets are not all its own. */
    boolean hostNetwork();

    /** Where the host reaches one of its TCP ports. */
    URI reach(int port);

    /** Its output from now on, after its last lines until now. */
    LineTap.Registration lines(LineTap tap);
}
