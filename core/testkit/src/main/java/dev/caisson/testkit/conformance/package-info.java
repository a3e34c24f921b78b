/** What every driver of a kind must do: a driver's test extends the suite of its kind. */
@org.jspecify.annotations.NullMarked
package dev.caisson.testkit.conformance;
