package dev.caisson.junit5;

/** How long a fixture's container lives. */
public enum Scope {
    /** For one test: each gets a fresh one, tests that run at the same time too. */
    METHOD,
    /** For the tests of one class and those nested in it. */
    CLASS,
    /** For all tests of the run that share the fixture's method, in whatever class they are. */
    SUITE
}
