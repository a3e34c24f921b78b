/**
 * Control groups, v1, v2 and both at once: where containers go, what limits them, what is read when they end, and how they are frozen and killed.
 * What a container needs is compiled into operations that name files relative to the engine's own directory in each hierarchy
 * (cgroups(7), Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst of the kernel).
 */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.cgroup;
