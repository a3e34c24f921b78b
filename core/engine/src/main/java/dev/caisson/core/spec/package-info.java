/** SPEC: what the builder said, what the image says and what the host gives become one concrete container. Values only; no system calls. */
@org.jspecify.annotations.NullMarked
package dev.caisson.core.spec;
