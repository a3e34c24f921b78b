/** The engine's side of the guard: starting it, speaking its protocol ({@code src/main/c/protocol.h}), and noticing its death. */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.guard;
