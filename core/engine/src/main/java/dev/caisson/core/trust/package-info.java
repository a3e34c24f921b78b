/**
 * Docker content trust: what a publisher has signed, by The Update Framework as Notary version 1 writes it. {@code TrustUpdate} is the client's work flow, {@code Verification}
 * the rules, {@code TrustStore} what was seen before; the rest reads metadata, which is an attacker's until it is verified. Knows no network: {@link MetadataSource} brings bytes.
 */
@NullMarked
package dev.caisson.core.trust;

import org.jspecify.annotations.NullMarked;
