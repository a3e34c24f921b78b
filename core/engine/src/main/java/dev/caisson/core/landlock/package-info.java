/** A sandbox made of Landlock, a system call filter and resource limits, for hosts that forbid namespaces. Starts processes; knows no engine. */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.landlock;
