package dev.caisson.network.handover;

import dev.caisson.network.netlink.Answer;
import dev.caisson.network.netlink.Conversation;
import dev.caisson.network.netlink.Message;
import dev.caisson.network.netlink.NetlinkRefusal;
import dev.caisson.network.rtnetlink.Carried;
import dev.caisson.network.rtnetlink.Links;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * What an interface has and loses when it is moved: addresses and routes, as the kernel listed them. Can be written to a file, from which the next engine gives it back what a
 * dead one could not.
 *
 * @param up whether it was up
 */
record Belongings(boolean up, List<byte[]> addresses, List<byte[]> routes) {
    private static final int EEXIST = 17;

    static Belongings of(Conversation route, Links.Link link) {
        List<byte[]> addresses = route.dump(Carried::addresses).stream().filter(a -> Carried.isAddress(a, link.index())).map(Answer::payload).toList();
        return new Belongings(link.up(), addresses, route.dump(Carried::routes).stream().filter(a -> Carried.isRoute(a, link.index())).map(Answer::payload).toList());
    }

    /** With prefix lengths, IPv4 first. */
    List<String> texts() {
        return addresses.stream().map(Carried::text).sorted((a, b) -> Boolean.compare(a.indexOf(':') >= 0, b.indexOf(':') >= 0)).toList();
    }

    /** Gives an interface all of it, and sets it up. What is there already stays: another network of the container may have the way out. */
    void give(Conversation route, int link, String name) {
        addresses.forEach(a -> unlessThere(route, Carried.address(a, link)));
        route.one(Links.up(name));
        routes.forEach(r -> unlessThere(route, Carried.route(r, link)));
    }

    /** Gives it back on the host: one that was down has addresses there and stays down. */
    void giveBack(Conversation route, int link, String name) {
        if (up) {
            give(route, link, name);
        } else {
            addresses.forEach(a -> unlessThere(route, Carried.address(a, link)));
        }
    }

    /** The requests for what {@link #giveBack} does, in order. */
    List<Message> given(int link) {
        List<Message> all = new ArrayList<>();
        addresses.forEach(a -> all.add(Carried.address(a, link)));
        if (up) {
            all.add(Links.up(link));
            routes.forEach(r -> all.add(Carried.route(r, link)));
        }
        return all;
    }

    private static void unlessThere(Conversation route, Message wanted) {
        try {
            route.one(wanted);
        } catch (NetlinkRefusal e) {
            if (e.errno() != EEXIST) {
                throw e;
            }
        }
    }

    /** A line each: {@code up}, then addresses and routes in Base64. */
    void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>(List.of(up ? "up" : "down"));
        addresses.forEach(a -> lines.add("address " + Base64.getEncoder().encodeToString(a)));
        routes.forEach(r -> lines.add("route " + Base64.getEncoder().encodeToString(r)));
        Files.write(file, lines);
    }

    /** Empty if there is none, or none that can be read. */
    static Optional<Belongings> read(Path file) {
        List<byte[]> addresses = new ArrayList<>();
        List<byte[]> routes = new ArrayList<>();
        try {
            List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
            for (String line : lines) {
                String[] words = line.split(" ", 2);
                byte[] payload = words.length < 2 ? new byte[0] : Base64.getDecoder().decode(words[1]);
                if (words[0].equals("address") && payload.length >= 8) {
                    addresses.add(payload);
                } else if (words[0].equals("route") && payload.length >= 12) {
                    routes.add(payload);
                }
            }
            return lines.isEmpty() ? Optional.empty() : Optional.of(new Belongings(lines.get(0).equals("up"), addresses, routes));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
