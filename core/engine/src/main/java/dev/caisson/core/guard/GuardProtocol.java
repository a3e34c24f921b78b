package dev.caisson.core.guard;

/** Numbers of protocol.h that the messages are made of; {@code ProtocolHeaderTest} compares them with the header. */
final class GuardProtocol {
    static final int MSG_SLOTS = 1;
    static final int MSG_LAUNCH = 2;
    static final int MSG_GO = 3;
    static final int MSG_SIGNAL = 4;
    static final int MSG_SHUTDOWN = 5;
    static final int MSG_FAREWELL = 6;
    static final int MSG_CONTINUE = 7;
    static final int MSG_LISTEN = 8;
    static final int MSG_DETACH = 9;
    static final int MSG_FORGET = 10;
    static final int MSG_TAKE = 11;
    static final int MSG_RECIPE = 12;
    static final int MSG_AGAIN = 13;
    static final int MSG_GUARD = 16;
    static final int MSG_READY = 17;
    static final int MSG_STARTED = 18;
    static final int MSG_RUNNING = 19;
    static final int MSG_FAILED = 20;
    static final int MSG_EXITED = 21;
    static final int MSG_GONE = 22;
    static final int MSG_REFUSED = 23;
    static final int MSG_KEPT = 24;
    static final int MSG_TAKEN = 25;
    static final int MSG_HELD = 26;
    static final int MSG_FORGOTTEN = 27;
    static final int MSG_DETACHED = 28;

    static final int FD_CONTROL = 3;
    static final int FD_JVM = 4;
    static final int FD_LOCK = 5;
    static final int FD_USERNS = 6;
    static final int FD_RULESET = 5;
    static final int FD_PLAN = 6;

    static final int HEADER_BYTES = 24;
    static final int FAILURE_BYTES = 272;
    static final int FAILURE_PATH_BYTES = 260;
    static final int MAX_MESSAGE = 65536;
    static final int MAX_FDS = 250;
    static final int MAX_HELD = 64;

    private GuardProtocol() {}
}
