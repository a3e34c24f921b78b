/** Log tags: docker's {@code tag} option, a small part of Go's text/template. */
@org.jspecify.annotations.NullMarked
package dev.caisson.logging.tag;
