/** Killing the JVM, the guard or a child at any instant, and seeing what is left and what the next engine makes of it. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.crash;
