/** Who a client is, and what it may do: passwords, tokens, and the one place that decides. */
@NullMarked
package dev.caisson.registry.access;

import org.jspecify.annotations.NullMarked;
