/** What drivers with exactly one network, which is always there, have in common. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.implicit;
