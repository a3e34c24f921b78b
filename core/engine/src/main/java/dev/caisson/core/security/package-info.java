/** What a container may do, as values: capability sets, masked paths, identities; below it the seccomp filters. */
@NullMarked
package dev.caisson.core.security;

import org.jspecify.annotations.NullMarked;
