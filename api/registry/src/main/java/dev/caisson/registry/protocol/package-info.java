/** The distribution protocol's words as values: names, digests, ranges, routes, manifests, errors. Touches nothing. */
@NullMarked
package dev.caisson.registry.protocol;

import org.jspecify.annotations.NullMarked;
