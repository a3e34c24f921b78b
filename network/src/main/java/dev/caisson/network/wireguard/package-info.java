/** WireGuard: keys, and requests about its interfaces over generic netlink. Pure but for the keys, which are random. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.wireguard;
