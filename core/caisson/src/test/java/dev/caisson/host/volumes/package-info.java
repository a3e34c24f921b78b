/** What outlives containers, and what is for one container's eyes. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.volumes;
