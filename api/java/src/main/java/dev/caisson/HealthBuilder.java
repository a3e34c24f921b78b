package dev.caisson;

import dev.caisson.spi.Given;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** How a container's health is checked: what {@link ContainerBuilder#health} fills. What is left out comes from the image, else from docker's defaults. */
public final class HealthBuilder {
    private static final Duration SHORTEST = Duration.ofMillis(1);

    private final SpecValidator problems;
    private List<String> test = List.of();
    private Duration interval = Duration.ZERO;
    private Duration timeout = Duration.ZERO;
    private Duration startPeriod = Duration.ZERO;
    private Duration startInterval = Duration.ZERO;
    private int retries;

    HealthBuilder(SpecValidator problems) {
        this.problems = problems;
    }

    /**
     * A program and its arguments, executed inside as the container's user: healthy is exit code 0 (HEALTHCHECK CMD with a list).
     *
     * @param words no shell reads them
     * @return this builder
     */
    public HealthBuilder command(String... words) {
        Given.one(words);
        boolean named = words.length > 0 && !words[0].isEmpty();
        problems.require(named, "health(h -> h.command(…))", "names no program", "give a command, such as command(\"pg_isready\")");
        return test("CMD", words);
    }

    /**
     * A line for the image's shell, {@code /bin/sh -c} if it names none ({@code --health-cmd}, HEALTHCHECK CMD with a text).
     *
     * @param line not empty
     * @return this builder
     */
    public HealthBuilder shell(String line) {
        Given.one(line);
        problems.require(!line.isBlank(), "health(h -> h.shell(…))", "is empty", "");
        return test("CMD-SHELL", line);
    }

    private HealthBuilder test(String kind, String... words) {
        List<String> all = new ArrayList<>(List.of(kind));
        for (String word : words) {
            problems.require(word.indexOf('\0') < 0, "health(…)", "contains a NUL character, where the kernel's strings end", "");
            all.add(word);
        }
        test = all;
        return this;
    }

    /**
     * From the end of one check to the next ({@code --health-interval}); default 30 s.
     *
     * @param value from 1 ms
     * @return this builder
     */
    public HealthBuilder interval(Duration value) {
        Given.one(value);
        interval = checked("interval", value);
        return this;
    }

    /**
     * How long one check may take before it is killed with everything it started, and counts as failed ({@code --health-timeout}); default 30 s.
     *
     * @param value from 1 ms
     * @return this builder
     */
    public HealthBuilder timeout(Duration value) {
        Given.one(value);
        timeout = checked("timeout", value);
        return this;
    }

    /**
     * How long after the start failures do not count, unless a check has succeeded ({@code --health-start-period}); default none.
     *
     * @param value from 1 ms
     * @return this builder
     */
    public HealthBuilder startPeriod(Duration value) {
        Given.one(value);
        startPeriod = checked("startPeriod", value);
        return this;
    }

    /**
     * The interval during the start period, until a check succeeds ({@code --health-start-interval}); default 5 s.
     *
     * @param value from 1 ms
     * @return this builder
     */
    public HealthBuilder startInterval(Duration value) {
        Given.one(value);
        startInterval = checked("startInterval", value);
        return this;
    }

    /**
     * How many failures in a row make it unhealthy ({@code --health-retries}); default 3.
     *
     * @param times positive
     * @return this builder
     */
    public HealthBuilder retries(int times) {
        problems.require(times > 0, "health(h -> h.retries(" + times + "))", "is not positive", "");
        retries = times;
        return this;
    }

    private Duration checked(String method, Duration value) {
        problems.require(value.compareTo(SHORTEST) >= 0, "health(h -> h." + method + "(" + value + "))", "is less than a millisecond", "");
        return value;
    }

    HealthCheck check() {
        return new HealthCheck(test, interval, timeout, startPeriod, startInterval, retries);
    }
}
