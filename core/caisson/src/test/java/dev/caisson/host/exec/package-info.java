/** Processes executed inside, and who is attached to the streams of a container, on the real kernel. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.exec;
