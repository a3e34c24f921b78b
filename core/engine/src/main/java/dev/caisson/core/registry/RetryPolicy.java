package dev.caisson.core.registry;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How often what fails is tried again, and after how long.
 *
 * @param tries in all
 * @param base wait before the second try; it doubles each time and is spread by up to a half, so that many clients do not come back at once
 * @param longest wait that a server's Retry-After can ask for
 */
record RetryPolicy(int tries, Duration base, Duration longest) {
    static final RetryPolicy DEFAULT = new RetryPolicy(5, Duration.ofMillis(500), Duration.ofSeconds(60));

    /** @param failed how many tries have failed, from 1 on */
    Duration pause(int failed) {
        long nanos = Math.min(base.toNanos() << Math.min(failed - 1, 10), longest.toNanos());
        return Duration.ofNanos(nanos - (nanos > 1 ? ThreadLocalRandom.current().nextLong(nanos / 2) : 0));
    }

    /** As the server asks (RFC 9110, 10.2.3: seconds or a date), else as above. */
    Duration pause(int failed, HttpHeaders headers) {
        String wanted = headers.firstValue("Retry-After").orElse("").strip();
        if (wanted.isEmpty()) {
            return pause(failed);
        }
        Duration asked;
        try {
            asked = wanted.chars().allMatch(c -> c >= '0' && c <= '9') && wanted.length() < 10 ? Duration.ofSeconds(Long.parseLong(wanted))
                    : Duration.between(ZonedDateTime.now(), ZonedDateTime.parse(wanted, DateTimeFormatter.RFC_1123_DATE_TIME));
        } catch (DateTimeException e) {
            return pause(failed);
        }
        return asked.isNegative() ? Duration.ZERO : asked.compareTo(longest) > 0 ? longest : asked;
    }

    /** Whether the server may answer differently next time. */
    static boolean passing(int status) {
        return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
    }

    /** Sleeps. */
    static void sleep(Duration pause) throws InterruptedException {
        Thread.sleep(pause.toMillis(), pause.toNanosPart() % 1_000_000);
    }
}
