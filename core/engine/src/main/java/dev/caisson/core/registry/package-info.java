/**
 * Images from registries (OCI distribution 1.1, docker's schema 2): {@link dev.caisson.core.registry.ImagePull} says what is fetched, {@code RemoteRepository} asks
 * for it, {@code Requests} repeats, authorises and follows, {@code Endpoint} is where. Everything a registry sends is an attacker's: bounded, timed, verified.
 */
@NullMarked
package dev.caisson.core.registry;

import org.jspecify.annotations.NullMarked;
