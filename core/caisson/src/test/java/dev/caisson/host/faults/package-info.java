/** What befalls a JVM that runs containers: too few processes, descriptors, bytes; stops, ends and interrupts at bad moments; other JVMs. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.faults;
