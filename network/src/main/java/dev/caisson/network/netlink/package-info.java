/** Netlink messages: bytes in, values out, and a conversation with the kernel. Knows no protocol family. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.netlink;
