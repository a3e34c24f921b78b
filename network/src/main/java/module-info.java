/** The network drivers: none, host, bridge, overlay, macvlan, ipvlan, interfaces of the host, and, of ordinary users, slirp4netns and pasta. */
module dev.caisson.network {
    requires dev.caisson.api;
    requires dev.caisson.linux;
    requires com.fasterxml.jackson.databind;
    requires org.slf4j;
    requires static org.jspecify;

    exports dev.caisson.network.none;
    exports dev.caisson.network.host;
    exports dev.caisson.network.bridge;
    exports dev.caisson.network.overlay;
    exports dev.caisson.network.macvlan;
    exports dev.caisson.network.handover;
    exports dev.caisson.network.slirp;

    provides dev.caisson.spi.network.NetworkProvider with
            dev.caisson.network.none.NoneProvider,
            dev.caisson.network.host.HostProvider,
            dev.caisson.network.bridge.BridgeProvider,
            dev.caisson.network.overlay.OverlayProvider,
            dev.caisson.network.macvlan.MacvlanProvider,
            dev.caisson.network.macvlan.IpvlanProvider,
            dev.caisson.network.handover.InterfaceProvider,
            dev.caisson.network.slirp.SlirpProvider,
            dev.caisson.network.slirp.PastaProvider;
}
