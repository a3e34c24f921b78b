/** What firewalls of others do to containers' packets, read and never changed. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.firewall;
