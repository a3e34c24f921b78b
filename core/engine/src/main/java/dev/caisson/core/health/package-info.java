/** Health checks: what is checked and when, what the results come to. Knows how to wait, not how to execute. */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.health;
