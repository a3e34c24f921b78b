package dev.caisson.spi;

import java.util.List;

/**
 * How a driver is found (by {@link java.util.ServiceLoader} or given to {@code Engine.builder()}), asked whether it works here, and opened.
 *
 * @param <D> the driver
 */
public interface DriverProvider<D> {
    /**
     * The name users give, as docker spells it: {@code overlay2}, {@code json-file}. Unique among the providers of a kind.
     *
     * @return lower-case letters, digits and {@code -}
     */
    String name();

    /**
     * Among several available drivers the highest is the default; two with the same priority are an error.
     *
     * @return of those that come with Caisson: {@code overlay2} 100, {@code vfs} 10
     */
    int priority();

    /**
     * Finds out by trying whether the driver works here. Changes nothing that lasts.
     *
     * @param context with directories that are there
     * @return with cause and remedy if it does not
     */
    Availability probe(DriverContext context);

    /**
     * The options the driver takes; an unknown one is refused with the nearest known name.
     *
     * @return name, type, default and a sentence with the unit, for each
     */
    List<OptionSpec> options();

    /**
     * Opens the driver for one engine (storage, network) or one container (logging).
     *
     * @param context what it may use of its engine
     * @param options validated against {@link #options()}
     * @return closed by the engine
     * @throws dev.caisson.ContainerException if it cannot be opened
     */
    D open(DriverContext context, Options options);
}
