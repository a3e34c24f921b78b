/** {@code overlay2}: each layer a directory, a root file system one overlay mount over them. */
@org.jspecify.annotations.NullMarked
package dev.caisson.storage.overlay;
