/** A root directory of a few files around {@code caisson-observer}, a static program that says what a container looks like from inside. */
@org.jspecify.annotations.NullMarked
package dev.caisson.testkit.rootfs;
