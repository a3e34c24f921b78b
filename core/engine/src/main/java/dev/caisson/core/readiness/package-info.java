/** When a container is ready: what {@link dev.caisson.Readiness} asks for, looked at from outside. */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.readiness;
