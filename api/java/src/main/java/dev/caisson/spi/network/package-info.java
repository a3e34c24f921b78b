/** Network drivers: how a container's network namespace is connected. */
@org.jspecify.annotations.NullMarked
package dev.caisson.spi.network;
