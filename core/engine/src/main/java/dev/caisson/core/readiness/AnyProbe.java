package dev.caisson.core.readiness;

import java.util.List;
import java.util.stream.Collectors;

/** The first part that comes true. */
record AnyProbe(List<Probe> parts) implements Probe {
    @Override
    public String pending() {
        List<String> pending = parts.stream().map(Probe::pending).collect(Collectors.toList());
        return pending.contains("") ? "" : String.join(", or ", pending);
    }

    @Override
    public void close() {
        parts.forEach(Probe::close);
    }
}
