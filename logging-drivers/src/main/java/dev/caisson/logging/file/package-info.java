/** Log files that are rotated by size, and read from either end while they are written. */
@org.jspecify.annotations.NullMarked
package dev.caisson.logging.file;
