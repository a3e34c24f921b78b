/** The network drivers: none and host. */
module dev.caisson.network {
    requires dev.caisson.api;
    requires static org.jspecify;

    exports dev.caisson.network.none;
    exports dev.caisson.network.host;

    provides dev.caisson.spi.network.NetworkProvider with
            dev.caisson.network.none.NoneProvider,
            dev.caisson.network.host.HostProvider;
}
