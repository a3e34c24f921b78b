/** What is done with containers besides running them, on the real kernel. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host.operations;
