/** ROOTFS: mounts that are data become detached mounts that are descriptors; none of them enters the host's mount table. */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.rootfs;
