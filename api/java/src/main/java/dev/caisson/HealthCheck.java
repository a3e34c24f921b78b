package dev.caisson;

import java.time.Duration;
import java.util.List;

/**
 * How a container's health is checked, as a value: what {@link ContainerBuilder#health} and {@link ContainerBuilder#noHealthcheck} leave in the spec. What is not given comes
 * from the image's HEALTHCHECK, else from docker's defaults: an interval and a time-out of 30 s, 3 retries, no start period, a start interval of 5 s.
 *
 * @param test {@code CMD} and a program with arguments, {@code CMD-SHELL} and a text for the image's shell, {@code NONE}, or nothing for the image's
 * @param interval from the end of one check to the next; zero if not given
 * @param timeout how long one may take; zero if not given
 * @param startPeriod how long after the start failures do not count, as long as none has succeeded; zero if not given
 * @param startInterval the interval during that; zero if not given
 * @param retries how many failures in a row make it unhealthy; 0 if not given
 */
public record HealthCheck(List<String> test, Duration interval, Duration timeout, Duration startPeriod, Duration startInterval, int retries) {
    /** All from the image. */
    public static final HealthCheck OF_IMAGE = new HealthCheck(List.of(), Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0);
    /** None, whatever the image says. */
    public static final HealthCheck NONE = new HealthCheck(List.of("NONE"), Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0);

    /** The list is copied. */
    public HealthCheck {
        test = List.copyOf(test);
    }
}
