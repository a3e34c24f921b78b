/** The public API: start at {@link dev.caisson.Containers}. */
@org.jspecify.annotations.NullMarked
package dev.caisson;
