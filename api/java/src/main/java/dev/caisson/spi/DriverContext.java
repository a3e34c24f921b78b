package dev.caisson.spi;

import java.nio.file.Path;

/**
 * What a driver may use of its engine.
 *
 * @param engineId identifies the engine in names of host objects: lower-case letters and digits
 * @param root a directory of the driver's own that outlives the engine, shared by all engines of one root; exists
 * @param run a directory of the engine's own on a tmpfs, gone after a reboot; exists
 * @param subject whom it is opened for (logging: the container); {@link Subject#NONE} for engine-wide drivers
 */
public record DriverContext(String engineId, Path root, Path run, Subject subject) {
}
