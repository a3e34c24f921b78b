/** System calls, descriptors and kernel facts, named as in the man pages. */
@org.jspecify.annotations.NullMarked
package dev.caisson.linux;
