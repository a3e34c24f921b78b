package dev.caisson.registry;

import dev.caisson.RegistryServer;
import dev.caisson.spi.RegistryServerProvider;

/** What {@code Registry.serve(…)} finds. */
public final class LocalRegistryProvider implements RegistryServerProvider {
    @Override
    public RegistryServer start(Settings settings) {
        return Server.start(settings);
    }
}
