/** The thread that serves channels, for whoever carries or answers what containers send. Knows not what it serves. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.loop;
