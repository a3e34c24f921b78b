package dev.caisson.spi.network;

/**
 * A network that exists.
 *
 * @param id that of its spec
 * @param name that of its spec
 * @param subnet its addresses as {@code 10.5.0.0/24}; "" where there are none
 * @param gateway the router's address in it; "" for none
 * @param internal whether it has no way out
 * @param subnet6 its IPv6 addresses as {@code fd12:3456:789a:1::/64}; "" where there are none
 * @param gateway6 the router's address in them; "" for none
 */
public record Network(String id, String name, String subnet, String gateway, boolean internal, String subnet6, String gateway6) {
    /**
     * With IPv4 alone.
     *
     * @param id that of its spec
     * @param name that of its spec
     * @param subnet as {@code 10.5.0.0/24}
     * @param gateway the router's address in it
     * @param internal whether it has no way out
     */
    public Network(String id, String name, String subnet, String gateway, boolean internal) {
        this(id, name, subnet, gateway, internal, "", "");
    }
}
