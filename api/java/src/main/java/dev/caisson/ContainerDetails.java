package dev.caisson;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that is known of a container ({@code docker inspect}).
 *
 * @param id 64 hex digits
 * @param name as of {@link Container#name()}
 * @param created when it was made
 * @param started when its program began for the last time; empty if it never did
 * @param finished when it ended; empty while it runs or was not started
 * @param state where it is in its life
 * @param pid the host's pid of its first process; 0 when it does not run
 * @param exit how it ended
 * @param restarts how often its restart policy has started it again
 * @param health what its health checks have found
 * @param image id of its image's configuration; "" for other roots
 * @param program what is executed: program and arguments
 * @param env its environment, {@code K=V}
 * @param workdir where it begins
 * @param driver the storage driver; "" for roots that are not images
 * @param addresses its address on each of its networks; "" on one without
 * @param ports published, as they are now
 * @param spec with everything in it that was chosen for it
 * @param warnings what was asked for and could not be applied
 * @param json the same in the shape of docker's {@code GET /containers/ID/json}, without secrets
 */
public record ContainerDetails(String id, String name, Instant created, Optional<Instant> started, Optional<Instant> finished, Container.State state, int pid,
        Optional<ExitStatus> exit, int restarts, Health health, String image, List<String> program, List<String> env, String workdir, String driver,
        Map<String, String> addresses, List<Port> ports, ContainerSpec spec, List<String> warnings, String json) {
    /** Lists and map are copied. */
    public ContainerDetails {
        program = List.copyOf(program);
        env = List.copyOf(env);
        addresses = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(addresses));
        ports = List.copyOf(ports);
        warnings = List.copyOf(warnings);
    }

    @Override
    public String toString() {
        return json;
    }
}
