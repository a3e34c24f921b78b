/** {@code none}: output is not kept. */
@org.jspecify.annotations.NullMarked
package dev.caisson.logging.none;
