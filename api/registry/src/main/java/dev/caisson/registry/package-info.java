/**
 * A registry of one's own: {@code Api} says which of the {@code …Calls} answers what. HTTP is in {@code http}, the protocol's values in {@code protocol}, the directory in
 * {@code store}, users and rights in {@code access}. Everything a client sends is an attacker's.
 */
@NullMarked
package dev.caisson.registry;

import org.jspecify.annotations.NullMarked;
