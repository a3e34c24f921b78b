/** A file system that changes shape between lookups: every time-of-check-to-time-of-use error becomes a certainty. */
@org.jspecify.annotations.NullMarked
package dev.caisson.testkit.shapes;
