/** Storage drivers: layers and the root file systems made of them, as mounts that are data. */
@org.jspecify.annotations.NullMarked
package dev.caisson.spi.storage;
