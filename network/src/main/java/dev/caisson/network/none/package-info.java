/** {@code none}: a network namespace of its own with nothing but a loopback interface. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.none;
