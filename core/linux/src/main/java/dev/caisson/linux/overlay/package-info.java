/** What overlayfs writes into an upper directory, read back: a kernel format, see Documentation/filesystems/overlayfs.rst. */
@org.jspecify.annotations.NullMarked
package dev.caisson.linux.overlay;
