/** Restart policies: whether and when a container that ended is started again. Waits for nothing and starts nothing. */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.restart;
