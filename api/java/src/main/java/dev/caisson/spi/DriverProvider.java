package dev.caisson.spi;

import java.util.List;

/**
 * How a driver is found (by {@link java.util.ServiceLoader} or given to {@code Engine.builder()}), asked whether it works here, and opened.
 *
 * @param <D> the driver
 */
public interface DriverProvider<D> {
    /** The name users give, as docker spells it: {@code overlay2}, {@code json-file}. Unique among the providers of a kind. */
    String name();

    /** Among several available drivers the highest is the default; two with the same priority are an error. */
    int priority();

    /** Finds out by trying whether the driver works here. Changes nothing that lasts. */
    Availability probe(DriverContext context);

    /** The options the driver takes; an unknown one is refused with the nearest known name. */
    List<OptionSpec> options();

    /**
     * Opens the driver for one engine (storage, network) or one container (logging).
     *
     * @param options validated against {@link #options()}
     * @throws dev.caisson.ContainerException if it cannot be opened
     */
    D open(DriverContext context, Options options);
}
