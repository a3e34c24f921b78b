package dev.caisson;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Something a container with an {@link Egress} policy tried to reach: the typed form of the event {@code egress}, see {@link Engine#events()}. Of one container 20 a second are
 * told at most; the same one is told once in 10 s.
 *
 * @param when by the system's clock
 * @param container its id
 * @param allowed whether it was let through; of what is allowed by address nothing is told
 * @param protocol {@code dns tls http connect tcp udp icmp} or the number of the protocol
 * @param host the name that was asked for or said; "" for none
 * @param address where to, if that is known; "" if not
 * @param port 0 if there is none
 * @param reason why it was refused, for people; "" if it was not
 */
public record EgressAttempt(Instant when, String container, boolean allowed, String protocol, String host, String address, int port, String reason) {
    /** The event's word. */
    public static final String ACTION = "egress";

    /**
     * What an event says.
     *
     * @param event any of {@link Engine#events()}
     * @return empty for one that is about something else
     */
    public static Optional<EgressAttempt> of(ContainerEvent event) {
        if (!event.action().equals(ACTION)) {
            return Optional.empty();
        }
        Map<String, String> all = event.attributes();
        String port = all.getOrDefault("port", "0");
        return Optional.of(new EgressAttempt(event.when(), event.id(), "allowed".equals(all.get("verdict")), all.getOrDefault("protocol", ""), all.getOrDefault("host", ""),
                all.getOrDefault("address", ""), port.matches("\\d{1,5}") ? Integer.parseInt(port) : 0, all.getOrDefault(ACTION, "")));
    }

    /** {@code refused tls evil.example 192.0.2.7:443: it is not allowed}. */
    @Override
    public String toString() {
        String where = address.isEmpty() ? port == 0 ? "" : " port " + port : " " + (address.indexOf(':') >= 0 && port > 0 ? "[" + address + "]" : address) + (port == 0 ? "" : ":" + port);
        return (allowed ? "allowed " : "refused ") + protocol + (host.isEmpty() ? "" : " " + host) + where + (reason.isEmpty() ? "" : ": " + reason);
    }
}
