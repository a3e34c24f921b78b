package dev.caisson.network.bridge;

import dev.caisson.network.rtnetlink.Prefix;
import java.util.ArrayList;
import java.util.List;

/** Which subnets a bridge may have: docker's pools and more, all of them private (RFC 1918). Pure. */
final class Subnets {
    private static final int LENGTH = 16;

    private Subnets() {}

    /** In order of preference, those that share no address with anything in use. */
    static List<Prefix> free(List<Prefix> used) {
        List<Prefix> free = new ArrayList<>();
        for (int second = 18; second <= 31; second++) {
            add(free, 172 << 24 | second << 16, used);
        }
        for (int second = 64; second < 256; second++) {
            add(free, 10 << 24 | second << 16, used);
        }
        return free;
    }

    private static void add(List<Prefix> free, int address, List<Prefix> used) {
        Prefix candidate = new Prefix(address, LENGTH);
        if (used.stream().noneMatch(candidate::overlaps)) {
            free.add(candidate);
        }
    }

    /** The IPv4 name servers of a resolv.conf. */
    static List<Prefix> nameservers(String resolvConf) {
        List<Prefix> found = new ArrayList<>();
        for (String line : resolvConf.split("\n")) {
            String[] words = line.strip().split("\\s+");
            if (words.length > 1 && words[0].equals("nameserver") && words[1].matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
                int address = 0;
                for (String part : words[1].split("\\.")) {
                    address = address << 8 | Integer.parseInt(part) & 255;
                }
                found.add(new Prefix(address, 32));
            }
        }
        return found;
    }
}
