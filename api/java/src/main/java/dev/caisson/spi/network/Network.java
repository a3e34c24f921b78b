package dev.caisson.spi.network;

/**
 * A network that exists.
 *
 * @param id that of its spec
 * @param subnet its addresses as {@code 10.5.0.0/24}; "" where there are none
 * @param gateway the router's address in it; "" for none
 * @param internal whether it has no way out
 */
public record Network(String id, String name, String subnet, String gateway, boolean internal) {
}
