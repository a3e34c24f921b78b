/** Containers made ahead of their program. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.spares;
