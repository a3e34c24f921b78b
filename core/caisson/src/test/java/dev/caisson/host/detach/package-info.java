/** Containers that outlive their JVM. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.detach;
