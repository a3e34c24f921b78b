/** Reading strace's output, and the lint that no path below a container's root is resolved by the host. */
@org.jspecify.annotations.NullMarked
package dev.caisson.testkit.trace;
