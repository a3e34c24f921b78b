package dev.caisson.network.overlay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.network.bridge.Trunk;
import dev.caisson.network.rtnetlink.Prefix;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A container on a network, as its hosts tell each other.
 *
 * @param address on the network
 * @param host its host's address on the underlay
 * @param port of UDP, where its engine takes VXLAN there
 * @param container its id
 * @param names by which it is found, the main one first
 */
record Member(int address, int host, int port, String container, List<String> names) {
    private static final int MAX_NAMES = 32;
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_]([a-zA-Z0-9_.-]{0,250}[a-zA-Z0-9_])?");
    private static final Pattern ID = Pattern.compile("[a-zA-Z0-9_.-]{1,128}");

    Member {
        names = List.copyOf(names);
    }

    /** Its interface's, which follows from its address, so that nobody can claim another's. */
    byte[] mac() {
        return Trunk.mac(address);
    }

    /** The value of its key. */
    byte[] json() {
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("ip", Prefix.text(address)).put("mac", text(mac())).put("host", Prefix.text(host)).put("port", port)
                .put("id", container);
        ArrayNode all = node.putArray("names");
        names.stream().limit(MAX_NAMES).forEach(all::add);
        return node.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] mac) {
        StringBuilder text = new StringBuilder();
        for (byte each : mac) {
            text.append(text.length() == 0 ? "" : ":").append(String.format("%02x", each));
        }
        return text.toString();
    }

    /**
     * Reads what another host wrote.
     *
     * @param suffix the end of its key: the address
     */
    static Member parse(String suffix, byte[] value, Agreement network) throws Foreign.Refused {
        int address = Foreign.address(suffix, "key");
        if (!network.isForContainers(address)) {
            throw new Foreign.Refused("its address is not one for a container in " + network.subnet());
        }
        JsonNode node = Foreign.object(value);
        Member member = new Member(address, Foreign.address(Foreign.text(node, "host"), "host"), port(node, network), id(node), names(node));
        if (!Foreign.text(node, "ip").equals(Prefix.text(address)) || !suffix.equals(Prefix.text(address))) {
            throw new Foreign.Refused("its key is of another address");
        }
        if (!Foreign.text(node, "mac").toLowerCase(Locale.ROOT).equals(text(member.mac()))) {
            throw new Foreign.Refused("its MAC is not that of its address");
        }
        if (!isHost(member.host) || network.subnet().contains(member.host)) {
            throw new Foreign.Refused("its host is at an address that no host has");
        }
        return member;
    }

    /** Whether an address can be a host's: not loopback, nor multicast, nor a reserved one. */
    static boolean isHost(int address) {
        int first = address >>> 24;
        return first != 0 && first != 127 && first < 224;
    }

    /** Inside a tunnel it is always the same. */
    private static int port(JsonNode node, Agreement network) throws Foreign.Refused {
        int port = node.has("port") ? Foreign.number(node, "port", 1, Agreement.MAX_PORT) : network.vxlanPort();
        if (network.encrypted() && port != network.vxlanPort()) {
            throw new Foreign.Refused("its port is not the network's");
        }
        return port;
    }

    private static String id(JsonNode node) throws Foreign.Refused {
        String id = Foreign.text(node, "id");
        if (!ID.matcher(id).matches()) {
            throw new Foreign.Refused("its id is none");
        }
        return id;
    }

    private static List<String> names(JsonNode node) throws Foreign.Refused {
        List<String> names = new ArrayList<>();
        JsonNode all = node.path("names");
        if (!all.isArray() || all.isEmpty() || all.size() > MAX_NAMES) {
            throw new Foreign.Refused("it has no names, or more than " + MAX_NAMES);
        }
        for (JsonNode each : all) {
            if (!each.isTextual() || !NAME.matcher(each.asText()).matches()) {
                throw new Foreign.Refused("a name of it is none");
            }
            names.add(each.asText());
        }
        return names;
    }
}
