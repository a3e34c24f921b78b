/** Waiting for containers to be ready. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.ready;
