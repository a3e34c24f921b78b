package dev.caisson.logging.none;

import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.logging.LogEntry;

/** Keeps nothing, so there is nothing to read back. */
public final class NoneDriver implements LogDriver {
    NoneDriver() {}

    @Override
    public String name() {
        return NoneProvider.NAME;
    }

    @Override
    public void log(LogEntry entry) {}

    @Override
    public void close() {}
}
