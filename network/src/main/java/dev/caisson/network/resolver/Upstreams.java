package dev.caisson.network.resolver;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Whom to ask on: the name servers of the host's resolv.conf as it is now, those on its loopback too, or of the container's own choice. */
final class Upstreams {
    private static final int MAX = 3;
    private static final long FRESH_NANOS = 1_000_000_000L;

    private final Path file;
    private final Predicate<InetAddress> ours;
    private final int port;
    private List<InetSocketAddress> host = List.of();
    private long readAt;

    /** @param ours addresses of the engine's own, which are never asked: it would ask itself */
    Upstreams(Path file, Predicate<InetAddress> ours, int port) {
        this.file = file;
        this.ours = ours;
        this.port = port;
        this.readAt = System.nanoTime() - FRESH_NANOS;
    }

    List<InetSocketAddress> of(Asker asker) {
        return asker.nameservers().isEmpty() ? host() : usable(asker.nameservers());
    }

    private List<InetSocketAddress> host() {
        if (System.nanoTime() - readAt >= FRESH_NANOS) {
            readAt = System.nanoTime();
            try {
                host = usable(nameservers(Files.readString(file, StandardCharsets.ISO_8859_1)));
            } catch (IOException e) {
                host = List.of();
            }
        }
        return host;
    }

    static List<String> nameservers(String resolvConf) {
        return resolvConf.lines().map(l -> l.strip().split("\\s+")).filter(w -> w.length > 1 && w[0].equals("nameserver")).map(w -> w[1]).toList();
    }

    private List<InetSocketAddress> usable(List<String> servers) {
        List<InetSocketAddress> all = new ArrayList<>();
        for (String server : servers) {
            if (all.size() < MAX && (server.indexOf(':') >= 0 || server.matches("\\d{1,3}(\\.\\d{1,3}){3}"))) { // an address, lest a name is looked up
                try {
                    InetAddress address = InetAddress.getByName(server);
                    if (!ours.test(address) && !address.isAnyLocalAddress() && !address.isMulticastAddress()) {
                        all.add(new InetSocketAddress(address, port));
                    }
                } catch (UnknownHostException e) {
                    // not an address after all
                }
            }
        }
        return all;
    }
}
