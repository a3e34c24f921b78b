package dev.caisson.spi.logging;

import dev.caisson.spi.DriverProvider;

/** Finds and opens a log driver, one instance a container; the service type for {@link java.util.ServiceLoader}. */
public interface LogProvider extends DriverProvider<LogDriver> {
}
