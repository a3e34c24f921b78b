/** Content by digest: blobs that were verified while they were written, and the records that keep them. */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.content;
