/**
 * Egress policies: what a container may reach outside its networks. Enforced in the router's network namespace by rules of its firewall, by what the resolver answers, and by a
 * proxy that reads the name said on each connection. Knows neither bridges nor resolver.
 */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.egress;
