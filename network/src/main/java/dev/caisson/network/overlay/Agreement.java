package dev.caisson.network.overlay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.network.bridge.Trunk;
import dev.caisson.network.rtnetlink.Prefix;
import dev.caisson.network.rtnetlink.Prefix6;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What all hosts of a network have in common.
 *
 * @param vni the VXLAN's number, 1 to 16,777,215
 * @param port of UDP, on the underlay
 * @param gateway the address that each host's bridge has
 * @param encrypted whether the port is WireGuard's, and VXLAN inside it
 * @param subnet6 empty for IPv4 alone. An address there follows from that of IPv4, so that nobody has to be asked for it
 */
record Agreement(int vni, int port, Prefix subnet, int gateway, boolean encrypted, Optional<Prefix6> subnet6) {
    static final int MAX_VNI = (1 << 24) - 1;
    static final int MAX_PORT = 65535;
    static final int LARGEST = 8;
    static final int SMALLEST = 29;
    static final int LARGEST6 = 16;
    /** 32 bits are those of the IPv4 address. */
    static final int SMALLEST6 = 96;
    private static final Prefix6 PRIVATE6 = Prefix6.parse("fc00::/7");

    /** Whether a container can have an address. */
    boolean isForContainers(int address) {
        return subnet.contains(address) && address != gateway && address != subnet.address() && address != subnet.last();
    }

    /** The IPv6 address of who has an IPv4 address. */
    Optional<Prefix6> address6(int address) {
        return subnet6.map(s -> Trunk.address6(s, address));
    }

    /** VXLAN's port, where its UDP socket is: inside a tunnel that is its alone it is always the same. */
    int vxlanPort() {
        return encrypted ? OverlayPlan.DEFAULT_PORT : port;
    }

    byte[] json() {
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("vni", vni).put("port", port).put("subnet", subnet.toString()).put("gateway", Prefix.text(gateway));
        subnet6.ifPresent(s -> node.put("subnet6", s.toString()));
        return (encrypted ? node.put("encrypted", true) : node).toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Reads what another host wrote. */
    static Agreement parse(byte[] value) throws Foreign.Refused {
        JsonNode node = Foreign.object(value);
        Prefix subnet;
        try {
            subnet = Prefix.parse(Foreign.text(node, "subnet"));
        } catch (IllegalArgumentException e) {
            throw new Foreign.Refused("its subnet is none");
        }
        if (subnet.length() < LARGEST || subnet.length() > SMALLEST || (subnet.address() & ~subnet.mask()) != 0) {
            throw new Foreign.Refused("its subnet is none between a /" + LARGEST + " and a /" + SMALLEST);
        }
        int gateway = Foreign.address(Foreign.text(node, "gateway"), "gateway");
        if (!subnet.contains(gateway) || gateway == subnet.address() || gateway == subnet.last()) {
            throw new Foreign.Refused("its gateway is not one of its subnet");
        }
        if (node.has("encrypted") && !node.path("encrypted").isBoolean()) {
            throw new Foreign.Refused("'encrypted' is neither true nor false");
        }
        Optional<Prefix6> subnet6 = node.has("subnet6") ? Optional.of(subnet6(Foreign.text(node, "subnet6"))) : Optional.empty();
        return new Agreement(Foreign.number(node, "vni", 1, MAX_VNI), Foreign.number(node, "port", 1, MAX_PORT), subnet, gateway, node.path("encrypted").asBoolean(), subnet6);
    }

    private static Prefix6 subnet6(String text) throws Foreign.Refused {
        try {
            Prefix6 subnet = Prefix6.parse(text);
            if (subnet.equals(subnet.network()) && subnet.length() >= LARGEST6 && subnet.length() <= SMALLEST6) {
                return subnet;
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new Foreign.Refused("its IPv6 subnet is none between a /" + LARGEST6 + " and a /" + SMALLEST6);
    }

    /** The same for IPv6 (RFC 4193). */
    static boolean isPrivate(Prefix6 subnet) {
        return PRIVATE6.contains(subnet);
    }

    /** Whether a subnet is of addresses that belong to nobody (RFC 1918): none that etcd alone names may be another. */
    static boolean isPrivate(Prefix subnet) {
        return new Prefix(10 << 24, 8).contains(subnet) || new Prefix(172 << 24 | 16 << 16, 12).contains(subnet) || new Prefix(192 << 24 | 168 << 16, 16).contains(subnet);
    }
}
