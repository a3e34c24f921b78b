/** Everything an application needs: the API, the engine and all drivers. */
module dev.caisson.all {
    requires transitive dev.caisson.api;
    requires transitive dev.caisson.linux;
    requires transitive dev.caisson.core;
    requires transitive dev.caisson.storage;
    requires transitive dev.caisson.network;
    requires transitive dev.caisson.logging;
}
