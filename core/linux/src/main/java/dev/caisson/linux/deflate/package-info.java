/** DEFLATE (RFC 1951) decoded by the JDK's zlib or by a library of the host that is faster. */
@org.jspecify.annotations.NullMarked
package dev.caisson.linux.deflate;
