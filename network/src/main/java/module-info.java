/** The network drivers: none, host and bridge. */
module dev.caisson.network {
    requires dev.caisson.api;
    requires dev.caisson.linux;
    requires org.slf4j;
    requires static org.jspecify;

    exports dev.caisson.network.none;
    exports dev.caisson.network.host;
    exports dev.caisson.network.bridge;

    provides dev.caisson.spi.network.NetworkProvider with
            dev.caisson.network.none.NoneProvider,
            dev.caisson.network.host.HostProvider,
            dev.caisson.network.bridge.BridgeProvider;
}
