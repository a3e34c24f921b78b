/** The one thread that waits: for output of containers, messages of the guard, and time-outs. Nothing on it may block. */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.poll;
