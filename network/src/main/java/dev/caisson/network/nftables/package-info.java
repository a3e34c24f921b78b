/** nf_tables as requests: tables, chains, rules and their expressions, maps. Pure. */
@org.jspecify.annotations.NullMarked
package dev.caisson.network.nftables;
