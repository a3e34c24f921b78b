package dev.caisson.network.overlay;

import dev.caisson.network.bridge.Span;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One overlay network of this host: who is on it elsewhere, and the port that leads there. Thread-safe. */
final class OverlayNetwork implements Span, AutoCloseable {
    private volatile @Nullable Peers peers;
    private volatile @Nullable VxlanPort port;
    private volatile @Nullable Directory directory;
    private final Optional<Tunnel> tunnel;

    /** @param tunnel through which the port leads; closed with it */
    OverlayNetwork(Optional<Tunnel> tunnel) {
        this.tunnel = tunnel;
    }

    void plugged(VxlanPort made, Peers table) {
        port = made;
        peers = table;
    }

    void directed(Directory by) {
        directory = by;
    }

    private Directory directory() {
        return java.util.Objects.requireNonNull(directory, "comes before containers do");
    }

    @Override
    public boolean claim(int address, String container, List<String> names) {
        return directory().claim(address, container, names);
    }

    @Override
    public void release(int address) {
        directory().release(address);
    }

    @Override
    public List<Integer> lookup(String name) {
        Peers known = peers;
        return known == null ? List.of() : known.named(name);
    }

    @Override
    public Optional<String> reverse(int address) {
        Peers known = peers;
        return known == null ? Optional.empty() : known.at(address).flatMap(m -> m.names().stream().findFirst());
    }

    @Override
    public void replugged() {
        VxlanPort there = port;
        Peers known = peers;
        if (there != null && known != null) {
            there.replug();
            known.again();
        }
    }

    @Override
    public String holder(int address) {
        return directory().holder(address);
    }

    List<String> problems() {
        Directory known = directory;
        return known == null ? List.of() : known.problems();
    }

    @Override
    public void close() {
        try {
            if (directory != null) {
                directory.close();
            }
        } finally {
            try {
                if (port != null) {
                    port.close();
                }
            } finally {
                tunnel.ifPresent(Tunnel::close);
            }
        }
    }
}
