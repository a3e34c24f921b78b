package dev.caisson.core.readiness;

import dev.caisson.Health;
import dev.caisson.InvalidSpec;
import dev.caisson.Readiness;
import java.util.List;

/** Looks at what the health check has found. A container without one never becomes healthy, which is an error at once. */
final class HealthyProbe implements Probe {
    private final Readiness.Healthy wanted;
    private final Watched watched;

    HealthyProbe(Readiness.Healthy wanted, Watched watched) {
        this.wanted = wanted;
        this.watched = watched;
    }

    @Override
    public String pending() {
        Health health = watched.container().health();
        return switch (health.status()) {
            case HEALTHY -> "";
            case NONE -> throw new InvalidSpec("healthy()", "the container has no health check", "give it one with health(…)");
            default -> wanted + " (" + health.status().name().toLowerCase(java.util.Locale.ROOT) + last(health.log()) + ")";
        };
    }

    private static String last(List<Health.Result> log) {
        if (log.isEmpty()) {
            return ", not checked yet";
        }
        Health.Result result = log.get(log.size() - 1);
        return ", the last check: exit " + result.exitCode() + (result.output().isBlank() ? "" : ", " + result.output().strip());
    }
}
