package dev.caisson.network.firewall;

import dev.caisson.linux.Fd;
import dev.caisson.linux.Sockets;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The chain FORWARD of the table {@code filter} of ip_tables or ip6_tables, the mechanism before nf_tables ({@code iptables-legacy}); their ABI is
 * linux/netfilter_ipv4/ip_tables.h.
 */
enum LegacyFilter {
    V4("iptables-legacy", Sockets.AF_INET, 0, "ip_tables_names", 16, 48, 88, 112), V6("ip6tables-legacy", Sockets.AF_INET6, 41, "ip6_tables_names", 64, 96, 140, 168);

    private static final int RAW = 255;
    private static final int GET_INFO = 64;
    private static final int GET_ENTRIES = 65;
    private static final int NAME = 32;
    private static final int INFO = 84;
    private static final int HOOK_ENTRY = 36;
    private static final int UNDERFLOW = 56;
    private static final int SIZE = 80;
    private static final int FORWARD = 2;
    private static final int ENTRIES = 40;
    private static final int LARGEST = 64 << 20;
    private static final int IFNAMSIZ = 16;
    private static final int VERDICT = 32;
    /** {@code -NF_DROP - 1} and {@code -NF_ACCEPT - 1}. */
    private static final int DROP = -1;
    private static final int ACCEPT = -2;

    /** The program that changes it. */
    final String program;
    private final int domain;
    private final int level;
    private final String names;
    private final int interfaces;
    private final int masks;
    private final int target;
    private final int entry;

    /**
     * @param interfaces where an entry has the interface packets come in by, behind which is that they go out by; before it are the addresses
     * @param masks the same of their masks, behind which is the protocol
     * @param target where it says how long it is up to its target, and after that, up to the next entry
     * @param entry how long it is without matches and target
     */
    LegacyFilter(String program, int domain, int level, String names, int interfaces, int masks, int target, int entry) {
        this.program = program;
        this.domain = domain;
        this.level = level;
        this.names = names;
        this.interfaces = interfaces;
        this.masks = masks;
        this.target = target;
        this.entry = entry;
    }

    /** What a chain does with what no rule of it accepts. */
    record Policy(boolean drops, boolean acceptsIn, boolean acceptsOut) {}

    /** Of the network namespace of the calling thread; empty where there is no such table. It is not asked for otherwise, since asking would make it. */
    Optional<Policy> read(String prefix) {
        try {
            if (!Files.readAllLines(Path.of("/proc/thread-self/net", names)).contains("filter")) {
                return Optional.empty();
            }
        } catch (IOException e) {
            return Optional.empty(); // the kernel has no such tables
        }
        try (Fd socket = Sockets.socket(domain, Sockets.SOCK_RAW, RAW)) {
            ByteBuffer info = named(INFO);
            Sockets.getsockopt(socket, level, GET_INFO, info);
            int size = info.getInt(SIZE);
            if (size < 0 || size > LARGEST) {
                return Optional.empty();
            }
            ByteBuffer entries = named(ENTRIES + size).putInt(NAME, size);
            Sockets.getsockopt(socket, level, GET_ENTRIES, entries);
            byte[] table = new byte[size];
            entries.get(ENTRIES, table);
            return Optional.of(parse(table, info.getInt(HOOK_ENTRY + 4 * FORWARD), info.getInt(UNDERFLOW + 4 * FORWARD), prefix));
        } catch (SyscallException e) {
            return Optional.empty(); // it changed between the two calls, or only root of the host may look
        }
    }

    private static ByteBuffer named(int size) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
        buffer.put(0, "filter".getBytes(StandardCharsets.US_ASCII));
        return buffer;
    }

    /** Pure. @param first where the chain begins; @param policy where its last entry is */
    Policy parse(byte[] table, int first, int policy, String prefix) {
        ByteBuffer in = ByteBuffer.wrap(table).order(ByteOrder.nativeOrder());
        boolean acceptsIn = false;
        boolean acceptsOut = false;
        for (int at = first; at >= 0 && at < policy && at <= table.length - entry;) {
            if (verdict(in, at) == ACCEPT && plain(in, at)) {
                boolean comes = begins(in, at, 0, prefix);
                boolean goes = begins(in, at, IFNAMSIZ, prefix);
                acceptsIn |= comes && any(in, at, IFNAMSIZ);
                acceptsOut |= goes && any(in, at, 0);
            }
            int next = Short.toUnsignedInt(in.getShort(at + target + 2));
            if (next < entry) {
                break;
            }
            at += next;
        }
        return new Policy(verdict(in, policy) == DROP, acceptsIn, acceptsOut);
    }

    /** That of an entry without matches; 0 for any other. */
    private int verdict(ByteBuffer in, int at) {
        if (at < 0 || at > in.capacity() - entry - VERDICT - 4) {
            return 0;
        }
        return Short.toUnsignedInt(in.getShort(at + target)) == entry && in.get(at + entry + 2) == 0 ? in.getInt(at + entry + VERDICT) : 0; // the standard target has no name
    }

    /** Whether all interfaces whose names begin so are meant. */
    private boolean begins(ByteBuffer in, int at, int which, String prefix) {
        int length = 0;
        while (length < IFNAMSIZ && in.get(at + masks + which + length) != 0) {
            length++;
        }
        byte[] name = new byte[length];
        in.get(at + interfaces + which, name);
        return length > 0 && prefix.startsWith(new String(name, StandardCharsets.ISO_8859_1));
    }

    /** Whether it is about any address and protocol. */
    private boolean plain(ByteBuffer in, int at) {
        for (int i = 0; i < interfaces; i++) {
            if (in.get(at + i) != 0) {
                return false;
            }
        }
        return in.getInt(at + masks + 2 * IFNAMSIZ) == 0; // protocol, flags and what is inverted
    }

    private boolean any(ByteBuffer in, int at, int which) {
        return in.get(at + masks + which) == 0;
    }
}
