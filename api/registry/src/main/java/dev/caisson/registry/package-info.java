/**
 * A registry of one's own: {@code Server} listens, {@code Api} says which of the {@code …Calls} answers what, {@code Pace} cuts off who stands still. The protocol's values
 * are in {@code protocol}, the directory in {@code store}, users and rights in {@code access}. Everything a client sends is an attacker's.
 */
@NullMarked
package dev.caisson.registry;

import org.jspecify.annotations.NullMarked;
