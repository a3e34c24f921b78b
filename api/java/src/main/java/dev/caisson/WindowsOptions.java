package dev.caisson;

import dev.caisson.spi.Given;

/**
 * Options of {@code docker run} that only Windows has: each is refused by its name, with what to use instead.
 *
 * @param <B> the builder
 */
abstract sealed class WindowsOptions<B extends WindowsOptions<B>> permits ResourceOptions {
    final SpecValidator problems = new SpecValidator();

    abstract B self();

    /**
     * Refused: {@code --cpu-count} is for Windows containers.
     *
     * @param cpus how many it would have
     * @return this builder
     */
    public B cpuCount(long cpus) {
        return refused("cpuCount(" + cpus + ")", "cpus(" + cpus + ")");
    }

    /**
     * Refused: {@code --cpu-percent} is for Windows containers.
     *
     * @param percent of all CPUs
     * @return this builder
     */
    public B cpuPercent(long percent) {
        return refused("cpuPercent(" + percent + ")", "cpus(…), in CPUs");
    }

    /**
     * Refused: {@code --io-maxbandwidth} is for Windows containers.
     *
     * @param bytesPerSecond of its system drive
     * @return this builder
     */
    public B ioMaxBandwidth(String bytesPerSecond) {
        Given.one(bytesPerSecond);
        return refused("ioMaxBandwidth(\"" + bytesPerSecond + "\")", "throttle(READ_BPS, device, rate) and throttle(WRITE_BPS, device, rate)");
    }

    /**
     * Refused: {@code --io-maxiops} is for Windows containers.
     *
     * @param operationsPerSecond of its system drive
     * @return this builder
     */
    public B ioMaxIops(long operationsPerSecond) {
        return refused("ioMaxIops(" + operationsPerSecond + ")", "throttle(READ_IOPS, device, rate) and throttle(WRITE_IOPS, device, rate)");
    }

    /**
     * Refused but for {@code default}, which is what Linux has: {@code --isolation} is for Windows containers.
     *
     * @param technology {@code default}; others are refused
     * @return this builder
     */
    public B isolation(String technology) {
        Given.one(technology);
        return technology.equals("default") ? self() : refused("isolation(\"" + technology + "\")", "sandbox() for what nobody vouches for");
    }

    private B refused(String field, String instead) {
        problems.add(field, "is an option of Windows containers alone", "use " + instead);
        return self();
    }
}
