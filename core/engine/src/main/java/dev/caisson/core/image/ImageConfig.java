package dev.caisson.core.image;

import dev.caisson.core.content.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of an image (OCI image spec, config.md; docker image spec v1.2 for health check, shell and on-build). All of it is an attacker's text: it
 * configures the workload, never the host.
 *
 * @param created 1970 if the image does not say
 * @param diffIds digests of the uncompressed layers, lowest first
 * @param history how it was made, oldest first; need not agree with the layers
 */
public record ImageConfig(Platform platform, Instant created, String author, Settings settings, List<Digest> diffIds, List<Step> history) {
    /** Most bytes of the document. */
    public static final int LIMIT = 8 << 20;

    public ImageConfig {
        diffIds = List.copyOf(diffIds);
        history = List.copyOf(history);
    }

    /**
     * One step of its making.
     *
     * @param created 1970 if it does not say
     * @param emptyLayer whether it made no layer
     */
    public record Step(Instant created, String createdBy, String author, String comment, boolean emptyLayer) {
        /** One that made a layer. */
        static Step layer(Instant created, String createdBy) {
            return new Step(created, createdBy, "", "", false);
        }
    }

    /**
     * How the image wants to be run.
     *
     * @param user {@code uid[:gid]} or names, "" for root
     * @param env {@code KEY=value} each
     * @param entrypoint null if not set
     * @param cmd null if not set
     * @param workingDir "" for the root
     * @param exposedPorts such as {@code 80/tcp}
     * @param volumes paths
     * @param stopSignal name or number, "" for SIGTERM
     * @param healthcheck null if not set
     * @param shell of shell-form instructions, null if not set
     * @param onBuild instructions for images built on this one
     */
    public record Settings(
            String user, List<String> env, @Nullable List<String> entrypoint, @Nullable List<String> cmd, String workingDir, List<String> exposedPorts,
            List<String> volumes, Map<String, String> labels, String stopSignal, @Nullable Healthcheck healthcheck, @Nullable List<String> shell,
            List<String> onBuild) {
        /** Nothing set. */
        public static final Settings NONE =
                new Settings("", List.of(), null, null, "", List.of(), List.of(), Map.of(), "", null, null, List.of());

        public Settings {
            env = List.copyOf(env);
            entrypoint = entrypoint == null ? null : List.copyOf(entrypoint);
            cmd = cmd == null ? null : List.copyOf(cmd);
            exposedPorts = List.copyOf(exposedPorts);
            volumes = List.copyOf(volumes);
            labels = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(labels));
            shell = shell == null ? null : List.copyOf(shell);
            onBuild = List.copyOf(onBuild);
        }
    }

    /**
     * A health check; durations are nanoseconds, 0 for the default.
     *
     * @param test {@code NONE}, {@code CMD …} or {@code CMD-SHELL text}
     */
    public record Healthcheck(List<String> test, long interval, long timeout, long startPeriod, long startInterval, long retries) {
        public Healthcheck {
            test = List.copyOf(test);
        }
    }
}
