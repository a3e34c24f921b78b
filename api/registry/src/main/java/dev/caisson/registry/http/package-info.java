/**
 * HTTP/1.1 over blocking sockets, as much of it as the distribution protocol needs. The JDK's own server is not used: it cannot tell a TLS greeting on a plain port from a slow
 * client (skopeo and podman try TLS first, and waited ten seconds), bounds neither a request's head nor its connections, and has no time-outs of its own but for all
 * servers of a JVM. Nothing here knows what is served.
 */
@NullMarked
package dev.caisson.registry.http;

import org.jspecify.annotations.NullMarked;
