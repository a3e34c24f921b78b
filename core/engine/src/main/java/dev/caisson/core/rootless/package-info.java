/** What an engine needs whose JVM is an ordinary user: the ids it may give to containers, and the worker that holds them. */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.rootless;
