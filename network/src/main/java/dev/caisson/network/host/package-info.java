/** {@code host}: the host's own network namespace. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.host;
