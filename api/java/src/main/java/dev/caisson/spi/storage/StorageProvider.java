package dev.caisson.spi.storage;

import dev.caisson.spi.DriverProvider;

/** Finds and opens a storage driver; the service type for {@link java.util.ServiceLoader}. */
public interface StorageProvider extends DriverProvider<StorageDriver> {
}
