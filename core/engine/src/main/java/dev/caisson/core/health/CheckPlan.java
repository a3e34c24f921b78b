package dev.caisson.core.health;

import dev.caisson.HealthCheck;
import dev.caisson.InvalidSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is checked and when, with everything decided: the caller's wishes, else the image's, else docker's defaults (moby, daemon/health.go).
 *
 * @param argv program and arguments
 */
public record CheckPlan(List<String> argv, Duration interval, Duration timeout, Duration startPeriod, Duration startInterval, int retries) {
    private static final Duration INTERVAL = Duration.ofSeconds(30);
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration START_INTERVAL = Duration.ofSeconds(5);
    private static final int RETRIES = 3;
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final List<String> SHELL = List.of("/bin/sh", "-c");

    public CheckPlan {
        argv = List.copyOf(argv);
    }

    /**
     * @param image the image's; {@link HealthCheck#OF_IMAGE} if it has none
     * @param shell the image's; empty for {@code /bin/sh -c}
     * @return empty if nothing is checked
     * @throws InvalidSpec if it cannot be understood
     */
    public static Optional<CheckPlan> of(HealthCheck wanted, HealthCheck image, List<String> shell) {
        boolean own = !wanted.test().isEmpty();
        List<String> test = own ? wanted.test() : image.test();
        if (test.isEmpty() && !wanted.equals(HealthCheck.OF_IMAGE)) {
            throw new InvalidSpec("health(…)", "has no command, and the image has no HEALTHCHECK", "give command(…) or shell(…)");
        }
        if (test.isEmpty() || test.get(0).equals("NONE")) {
            return Optional.empty();
        }
        int retries = wanted.retries() > 0 ? wanted.retries() : image.retries() > 0 ? image.retries() : RETRIES;
        return Optional.of(new CheckPlan(argv(test, shell), first(wanted.interval(), image.interval(), INTERVAL), first(wanted.timeout(), image.timeout(), TIMEOUT),
                first(wanted.startPeriod(), image.startPeriod(), Duration.ZERO), first(wanted.startInterval(), image.startInterval(), START_INTERVAL), retries));
    }

    private static List<String> argv(List<String> test, List<String> shell) {
        List<String> words = test.subList(1, test.size());
        boolean line = test.get(0).equals("CMD-SHELL");
        boolean known = line || test.get(0).equals("CMD");
        if (!known || words.isEmpty() || words.get(0).isEmpty() || test.stream().anyMatch(w -> w.indexOf('\0') >= 0) || shell.stream().anyMatch(w -> w.indexOf('\0') >= 0)) {
            throw new InvalidSpec("the image's HEALTHCHECK " + test.toString().replace('\0', '?'), "is not CMD or CMD-SHELL and what to execute",
                    "give health(…) or noHealthcheck()");
        }
        List<String> argv = new ArrayList<>(!line ? List.of() : shell.isEmpty() ? SHELL : shell);
        argv.addAll(words);
        return argv;
    }

    /** An image may say anything: what is not positive is as if it had said nothing. */
    private static Duration first(Duration wanted, Duration image, Duration otherwise) {
        Duration chosen = positive(wanted) ? wanted : positive(image) ? image : otherwise;
        return positive(chosen) && chosen.compareTo(SHORTEST) < 0 ? SHORTEST : chosen;
    }

    private static boolean positive(Duration duration) {
        return !duration.isNegative() && !duration.isZero();
    }
}
