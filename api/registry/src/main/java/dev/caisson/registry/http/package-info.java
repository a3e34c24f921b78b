/**
 * Jetty, with this server's limits; nothing here knows what is served, and nothing elsewhere knows of Jetty. The JDK's own server would do, but cannot tell a TLS greeting on a
 * plain port from a slow client (skopeo and podman try TLS first), and has time-outs only for all servers of a JVM.
 */
@NullMarked
package dev.caisson.registry.http;

import org.jspecify.annotations.NullMarked;
