package dev.caisson.spi.network;

import dev.caisson.HostReport;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.DriverProvider;
import dev.caisson.spi.Options;
import java.util.List;

/** Finds and opens a network driver; the service type for {@link java.util.ServiceLoader}. */
public interface NetworkProvider extends DriverProvider<NetworkDriver> {
    /**
     * Whether it has a network, of its own name, that is there without being made.
     *
     * @return true unless it overrides this
     */
    default boolean implicit() {
        return true;
    }

    /**
     * What else of the host is good or bad for its networks, for {@code Containers.check()}: looked at in the network namespace of the calling thread, changing nothing.
     *
     * @return none unless it overrides this; each with a remedy if it is bad
     */
    default List<HostReport.Finding> findings() {
        return List.of();
    }

    /**
     * The provider whose driver, of the same engine, this one's builds on; "" for none.
     *
     * @return a name as of {@link #name()}
     */
    default String base() {
        return "";
    }

    /**
     * As the other, with the driver of the provider that {@link #base} names. That one is closed by the engine, after this one's.
     *
     * @param context what it may use of its engine
     * @param options validated against {@link #options()}
     * @param base the other driver, opened
     * @return opened
     * @throws dev.caisson.ContainerException if it cannot be opened
     */
    default NetworkDriver open(DriverContext context, Options options, NetworkDriver base) {
        return open(context, options);
    }
}
