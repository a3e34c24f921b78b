package dev.caisson;

import java.time.Instant;
import java.util.Map;

/**
 * Something that happened to a container ({@code docker events}).
 *
 * @param when by the system's clock
 * @param action docker's word: {@code create start die oom kill stop restart pause unpause rename update exec_start exec_die exec_detach attach detach resize destroy health_status}, and
 *     {@code egress} ({@link EgressAttempt}), and {@code network} for what somebody else did to its network, in words in the attribute {@code network}; {@code stop} and {@code restart} are told when they are done
 * @param id of the container, 64 hex digits
 * @param name of the container, as it was then
 * @param attributes what belongs to it, such as {@code exitCode}; the container's labels too
 */
public record ContainerEvent(Instant when, String action, String id, String name, Map<String, String> attributes) {
    /** The map is copied. */
    public ContainerEvent {
        attributes = Map.copyOf(attributes);
    }
}
