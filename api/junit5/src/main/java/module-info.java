/** Containers as fixtures of JUnit 5 tests. */
module dev.caisson.junit5 {
    requires transitive dev.caisson.api;
    requires dev.caisson.all;
    requires transitive org.junit.jupiter.api;
    requires static org.jspecify;

    exports dev.caisson.junit5;
}
