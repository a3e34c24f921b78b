/** Attacks on the finished engine: on what it resolves, what it hands out, what it keeps, and how much of it. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.attack;
