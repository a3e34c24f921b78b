/** rtnetlink(7): links, addresses, routes as requests. Pure. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.rtnetlink;
