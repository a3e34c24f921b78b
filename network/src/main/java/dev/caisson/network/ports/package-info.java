/** Published ports: sockets of the host whose connections are carried on to a container. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.ports;
