/** The public API of Caisson and the interfaces its drivers implement. Depends on the JDK alone. */
module dev.caisson.api {
    requires static org.jspecify;

    exports dev.caisson;
    exports dev.caisson.spi;
    exports dev.caisson.spi.storage;
    exports dev.caisson.spi.network;
    exports dev.caisson.spi.logging;

    uses dev.caisson.spi.EngineProvider;
    uses dev.caisson.spi.RegistryServerProvider;
}
