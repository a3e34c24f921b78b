package dev.caisson;

import java.util.Locale;

/** What a port speaks. */
public enum Protocol {
    /** The default. */
    TCP,
    /** Datagrams. */
    UDP,
    /** Publishing needs a kernel with SCTP; the drivers of this version refuse it by name. */
    SCTP;

    /** As docker writes it behind a port: {@code 53/udp}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
