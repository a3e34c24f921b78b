/** The engine: from a spec to a running, isolated process and back to nothing. Exports nothing; found through the API's service types. */
module dev.caisson.core {
    requires dev.caisson.api;
    requires dev.caisson.linux;
    requires com.fasterxml.jackson.databind;
    requires aircompressor;
    // sun.misc.Unsafe, which the zstd decoder uses; an automatic module cannot say so itself.
    requires jdk.unsupported;
    requires java.net.http;
    requires jdk.jfr;
    requires org.slf4j;
    requires static org.jspecify;

    provides dev.caisson.spi.EngineProvider with dev.caisson.core.engine.LocalEngineProvider;

    uses dev.caisson.spi.storage.StorageProvider;
    uses dev.caisson.spi.network.NetworkProvider;
    uses dev.caisson.spi.logging.LogProvider;
}
