/** {@code vfs}: each layer a full copy; works on any file system, costs the most. */
@org.jspecify.annotations.NullMarked
package dev.caisson.storage.vfs;
