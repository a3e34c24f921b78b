/** Restart policies of real containers. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.restart;
