/** What goes into and comes out of containers, to the last byte. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.streams;
