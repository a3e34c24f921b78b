/** {@code overlay}: a network of several hosts over VXLAN. Who is on it is kept in etcd, or given as static peers; each host has a bridge of its own in its router. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.overlay;
