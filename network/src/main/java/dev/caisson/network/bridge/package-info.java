/** {@code bridge}: containers on a bridge of the engine's own, behind a router namespace with one uplink to the host. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.bridge;
