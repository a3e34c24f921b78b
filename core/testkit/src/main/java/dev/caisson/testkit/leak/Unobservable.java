package dev.caisson.testkit.leak;

/** This host does not let us see a resource; the message has the remedy. */
final class Unobservable extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unobservable(String reason) {
        super(reason);
    }
}
