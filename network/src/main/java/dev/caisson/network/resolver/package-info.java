/** The engine's resolver: answers containers about each other, and asks the host's name servers about everything else. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.resolver;
