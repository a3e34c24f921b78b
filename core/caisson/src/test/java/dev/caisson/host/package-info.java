/** Tests of the whole engine through its public API, on the real kernel. */
@org.jspecify.annotations.NullMarked
package dev.caisson.host;
