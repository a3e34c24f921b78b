package dev.caisson;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * All that an image says of itself ({@code docker image inspect}).
 *
 * @param image name, ids, size, labels
 * @param author "" if it does not say
 * @param user whom it runs as, "" for root
 * @param env {@code KEY=value} each
 * @param entrypoint empty if not set
 * @param command CMD, empty if not set
 * @param workdir "" for the root
 * @param exposedPorts {@code 80/tcp}
 * @param volumes directories whose content is data
 * @param stopSignal "" for TERM
 * @param healthcheck how it wants its health checked
 * @param onBuild instructions for images built on it
 * @param layers digests of the uncompressed layers (diffIDs), lowest first
 * @param history how it was made, oldest first
 * @param json the same as docker writes it
 */
public record ImageDetails(Image image, String author, String user, List<String> env, List<String> entrypoint, List<String> command, String workdir,
        List<String> exposedPorts, List<String> volumes, String stopSignal, Optional<Healthcheck> healthcheck, List<String> onBuild, List<String> layers,
        List<Step> history, String json) {
    /** The lists are copied. */
    public ImageDetails {
        env = List.copyOf(env);
        entrypoint = List.copyOf(entrypoint);
        command = List.copyOf(command);
        exposedPorts = List.copyOf(exposedPorts);
        volumes = List.copyOf(volumes);
        onBuild = List.copyOf(onBuild);
        layers = List.copyOf(layers);
        history = List.copyOf(history);
    }

    /**
     * One step of its making ({@code docker history}), by its own account.
     *
     * @param created 1970 if it does not say
     * @param createdBy the instruction; "" if it does not say
     * @param author "" if it does not say
     * @param comment "" if it does not say
     * @param size bytes of its layer as stored (compressed); 0 if it made none
     * @param layer diffID of its layer; empty if it made none
     */
    public record Step(Instant created, String createdBy, String author, String comment, long size, Optional<String> layer) {}

    /**
     * HEALTHCHECK of the image.
     *
     * @param test {@code NONE}, {@code CMD …} or {@code CMD-SHELL text}
     * @param interval zero for the default, as all of these
     * @param timeout how long a check may take
     * @param startPeriod how long after the start failures do not count
     * @param startInterval the interval during that
     * @param retries how many failures in a row make it unhealthy; 0 for the default
     */
    public record Healthcheck(List<String> test, Duration interval, Duration timeout, Duration startPeriod, Duration startInterval, int retries) {
        /** The list is copied. */
        public Healthcheck {
            test = List.copyOf(test);
        }
    }
}
