/** Engines whose JVM is an ordinary user. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.rootless;
