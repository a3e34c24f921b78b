/** Attributes that log drivers add from a container's labels and environment. */
@org.jspecify.annotations.NullMarked
package dev.caisson.logging.attributes;
