/** {@code macvlan} and {@code ipvlan}: containers with addresses of their own on the network of one of the host's interfaces. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.macvlan;
