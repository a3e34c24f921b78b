/** What is written down of a container that outlives its JVM, and what is read of it by the next. */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.detach;
