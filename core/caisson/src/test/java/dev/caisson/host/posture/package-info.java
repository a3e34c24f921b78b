/** Everything a process in a container has and inherits, written down once for each kind of container. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.posture;
