package dev.caisson.spi.network;

import dev.caisson.spi.DriverContext;
import dev.caisson.spi.DriverProvider;
import dev.caisson.spi.Options;

/** Finds and opens a network driver; the service type for {@link java.util.ServiceLoader}. */
public interface NetworkProvider extends DriverProvider<NetworkDriver> {
    /** Whether it has a network, of its own name, that is there without being made. */
    default boolean implicit() {
        return true;
    }

    /** The provider whose driver, of the same engine, this one's builds on; "" for none. */
    default String base() {
        return "";
    }

    /** As the other, with the driver of the provider that {@link #base} names. That one is closed by the engine, after this one's. */
    default NetworkDriver open(DriverContext context, Options options, NetworkDriver base) {
        return open(context, options);
    }
}
