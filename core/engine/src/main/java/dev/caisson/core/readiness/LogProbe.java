package dev.caisson.core.readiness;

import dev.caisson.Readiness;
import dev.caisson.core.streams.LineTap;

/** Counts lines as they come by, so that none is missed however fast they are. */
final class LogProbe implements Probe {
    private final Readiness.Log wanted;
    private final LineTap.Registration registration;
    private int seen;

    LogProbe(Readiness.Log wanted, Watched watched) {
        this.wanted = wanted;
        this.registration = watched.lines(this::look);
    }

    private synchronized void look(String line) {
        if (seen < wanted.times() && wanted.pattern().matcher(line).find()) {
            seen++;
        }
    }

    @Override
    public synchronized String pending() {
        return seen >= wanted.times() ? "" : wanted + (wanted.times() == 1 ? "" : " (" + seen + " seen)");
    }

    @Override
    public void close() {
        registration.close();
    }
}
