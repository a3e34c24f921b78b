package dev.caisson.core.readiness;

import java.time.Duration;

/** Looks whether one thing has come true. Used by one thread. */
interface Probe extends AutoCloseable {
    /** "" once it has come true, else what is waited for and how far it has come. */
    String pending();

    /** The shortest time between two looks; a command costs more than a glance. */
    default Duration interval() {
        return Duration.ZERO;
    }

    @Override
    default void close() {}
}
