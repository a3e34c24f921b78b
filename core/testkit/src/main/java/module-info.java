/** What tests of the engine and of third-party drivers stand on: leak checks, a tiny root, crash harness, trace lint. */
module dev.caisson.testkit {
    requires transitive dev.caisson.api;
    requires dev.caisson.linux;
    requires transitive org.junit.jupiter.api;
    requires jdk.httpserver;
    requires static org.jspecify;

    exports dev.caisson.testkit;
    exports dev.caisson.testkit.conformance;
    exports dev.caisson.testkit.crash;
    exports dev.caisson.testkit.hosts;
    exports dev.caisson.testkit.leak;
    exports dev.caisson.testkit.registry;
    exports dev.caisson.testkit.rootfs;
    exports dev.caisson.testkit.shapes;
    exports dev.caisson.testkit.trace;
}
