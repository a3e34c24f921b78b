/** The log drivers: json-file and none. */
module dev.caisson.logging {
    requires dev.caisson.api;
    requires dev.caisson.linux;
    requires org.slf4j;
    requires static org.jspecify;

    exports dev.caisson.logging.jsonfile;
    exports dev.caisson.logging.none;

    provides dev.caisson.spi.logging.LogProvider with
            dev.caisson.logging.jsonfile.JsonFileProvider,
            dev.caisson.logging.none.NoneProvider;
}
