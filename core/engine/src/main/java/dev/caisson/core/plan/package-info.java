/**
 * The plan compiler: a resolved container in, a {@link dev.caisson.core.launch.LaunchPlan} out. Pure, so that it is tested by goldens. One class is one room
 * of the container: its kernel file systems, its devices, its root, its masks, its process, its privilege.
 */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.plan;
