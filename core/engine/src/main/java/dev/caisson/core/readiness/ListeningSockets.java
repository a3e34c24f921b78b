package dev.caisson.core.readiness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The listening TCP sockets of a network namespace (proc_pid_net(5), {@code tcp} and {@code tcp6}). */
final class ListeningSockets {
    private static final String LISTEN = "0A"; // include/net/tcp_states.h
    private static final int LOCAL = 1;
    private static final int STATE = 3;
    private static final int INODE = 9;

    private ListeningSockets() {}

    /** Inodes of those that listen on a port, in the namespace of a process; empty when it is gone. */
    static Set<Long> of(int pid, int port) {
        Set<Long> inodes = new HashSet<>();
        for (String table : List.of("tcp", "tcp6")) {
            try {
                inodes.addAll(parse(Files.readString(Path.of("/proc/" + pid + "/net/" + table), StandardCharsets.US_ASCII), port));
            } catch (IOException e) {
                // the process ended, or this kernel has no IPv6
            }
        }
        return inodes;
    }

    static Set<Long> parse(String table, int port) {
        Set<Long> inodes = new HashSet<>();
        table.lines().skip(1).forEach(line -> {
            String[] field = line.trim().split("\\s+");
            if (field.length > INODE && field[STATE].equals(LISTEN) && port(field[LOCAL]) == port) {
                try {
                    inodes.add(Long.parseLong(field[INODE]));
                } catch (NumberFormatException e) {
                    // not a line of this table
                }
            }
        });
        return inodes;
    }

    private static int port(String address) {
        try {
            return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1), 16);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
