package dev.caisson.spi.network;

import dev.caisson.spi.DriverProvider;

/** Finds and opens a network driver; the service type for {@link java.util.ServiceLoader}. */
public interface NetworkProvider extends DriverProvider<NetworkDriver> {
}
