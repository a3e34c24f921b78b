/** A real registry (Debian's docker-registry) on loopback in all its modes, and what it needs: certificates by openssl, a token server. */
@NullMarked
package dev.caisson.testkit.registry;

import org.jspecify.annotations.NullMarked;
