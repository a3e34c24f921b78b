package dev.caisson.core.spec;

import dev.caisson.HealthCheck;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an image says about the process to run (OCI image configuration, "config"). It configures the workload only: nothing of it names a host path, a
 * driver or a device.
 *
 * @param workdir "" for none
 * @param user "" for none
 * @param stopSignal "" for none
 * @param volumes directories the image declares as volumes
 * @param exposed ports it declares, such as {@code 80/tcp}
 * @param health how it wants to be checked
 * @param shell of its shell-form instructions; empty for {@code /bin/sh -c}
 */
public record ImageDefaults(List<String> entrypoint, List<String> command, List<String> env, String workdir, String user, String stopSignal,
        List<String> volumes, @Nullable String id, String reference, List<String> exposed, HealthCheck health, List<String> shell) {
    /** For root file systems that are not images. */
    public static final ImageDefaults NONE = new ImageDefaults(List.of(), List.of(), List.of(), "", "", "", List.of(), null, "", List.of(),
            HealthCheck.OF_IMAGE, List.of());

    public ImageDefaults {
        entrypoint = List.copyOf(entrypoint);
        command = List.copyOf(command);
        env = List.copyOf(env);
        volumes = List.copyOf(volumes);
        exposed = List.copyOf(exposed);
        shell = List.copyOf(shell);
    }
}
