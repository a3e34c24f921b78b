/** Runnable samples. */
module dev.caisson.samples {
    requires dev.caisson.api;
    requires java.net.http;
    requires jdk.httpserver;
    requires static org.jspecify;
}
