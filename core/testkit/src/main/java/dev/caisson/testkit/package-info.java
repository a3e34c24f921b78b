/** What a test asks of its host, and how it compares bytes and trees. */
@org.jspecify.annotations.NullMarked
package dev.caisson.testkit;
