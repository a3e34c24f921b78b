/** Containers as fixtures of JUnit 5 tests: {@link dev.caisson.junit5.Fixture}. */
@org.jspecify.annotations.NullMarked
package dev.caisson.junit5;
