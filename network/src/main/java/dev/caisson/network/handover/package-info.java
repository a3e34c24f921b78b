/** {@code interface:NAME}: an interface of the host's is a container's as long as it runs. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.handover;
