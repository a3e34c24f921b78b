/** A real registry (Debian's docker-registry) on loopback in all its modes, a real Notary server, and what they need: certificates by openssl, a token server. */
@NullMarked
package dev.caisson.testkit.registry;

import org.jspecify.annotations.NullMarked;
