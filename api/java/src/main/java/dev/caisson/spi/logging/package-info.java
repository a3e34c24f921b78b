/** Log drivers: where a container's output goes, and how it is read back. */
@org.jspecify.annotations.NullMarked
package dev.caisson.spi.logging;
