/** A registry server that speaks OCI distribution 1.1 over a directory. Exports nothing; found through the API's service type. */
module dev.caisson.registry {
    requires dev.caisson.api;
    requires dev.caisson.linux;
    requires com.fasterxml.jackson.databind;
    requires bcrypt;
    requires org.eclipse.jetty.server;
    requires org.slf4j;
    requires static org.jspecify;

    provides dev.caisson.spi.RegistryServerProvider with dev.caisson.registry.LocalRegistryProvider;
}
