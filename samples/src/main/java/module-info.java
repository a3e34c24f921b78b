/** Runnable samples. */
module dev.caisson.samples {
    requires dev.caisson.api;
    requires java.net.http;
    requires static org.jspecify;
}
