/** Proof that a test left nothing behind, on the host or in its own JVM. */
@org.jspecify.annotations.NullMarked
package dev.caisson.testkit.leak;
