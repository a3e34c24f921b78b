package dev.caisson.core.readiness;

/** Looks no more once it has come true, and no more often than the probe wants. */
final class Lazily implements Probe {
    private final Probe probe;
    private String pending = "?";
    private long lookedAt;

    Lazily(Probe probe) {
        this.probe = probe;
    }

    @Override
    public String pending() {
        long now = System.nanoTime();
        if (pending.equals("?") || !pending.isEmpty() && now - lookedAt >= probe.interval().toNanos()) {
            pending = probe.pending();
            lookedAt = System.nanoTime();
        }
        return pending;
    }

    @Override
    public void close() {
        probe.close();
    }
}
