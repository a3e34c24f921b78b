package dev.caisson;

import java.util.Locale;

/** What a port speaks. */
public enum Protocol {
    /** The default. */
    TCP,
    /** Datagrams. */
    UDP,
    /** Publishing needs a kernel with SCTP ({@code modprobe sctp}); rules alone carry it, so not on {@code [::1]}, and ordinary users' networks have none. */
    SCTP;

    /** As docker writes it behind a port: {@code 53/udp}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
