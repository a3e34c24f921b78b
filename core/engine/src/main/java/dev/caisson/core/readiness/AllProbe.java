package dev.caisson.core.readiness;

import java.util.List;
import java.util.stream.Collectors;

/** Every part, in any order. */
record AllProbe(List<Probe> parts) implements Probe {
    @Override
    public String pending() {
        return parts.stream().map(Probe::pending).filter(p -> !p.isEmpty()).collect(Collectors.joining(", and "));
    }

    @Override
    public void close() {
        parts.forEach(Probe::close);
    }
}
