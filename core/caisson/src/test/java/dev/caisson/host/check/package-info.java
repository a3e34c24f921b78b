/** Hosts that lack something: what check() says of them, and what an engine does there. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.check;
