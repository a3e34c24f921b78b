/**
 * The plan that the guard obeys: flat lists of typed operations, as data. Pure: values in, bytes out. The format is drawn in {@code src/main/c/protocol.h}.
 */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.launch;
