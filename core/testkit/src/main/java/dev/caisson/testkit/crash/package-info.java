/**
 * Killing an engine at a chosen system call, or at a random instant, and seeing what is left. A scenario is a class with a
 * {@code main} that runs in a JVM of its own ({@link dev.caisson.testkit.crash.ScenarioProcess}); {@link dev.caisson.testkit.crash.KillPoints} says
 * where it can be killed; a {@link dev.caisson.testkit.leak.LeakCheck} of the test's JVM judges from outside.
 */
@org.jspecify.annotations.NullMarked
package dev.caisson.testkit.crash;
