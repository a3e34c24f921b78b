package dev.caisson.core.guard;

import dev.caisson.linux.Fd;
import java.util.List;

/** Hears of one launch, on the poller thread, in the order drawn in protocol.h. */
public interface LaunchListener {
    /** It was cloned. The descriptor is the listener's. */
    default void started(Fd pidfd) {
        pidfd.close();
    }

    /** Its program runs. */
    default void running() {}

    /** An operation failed; nothing runs. */
    void failed(GuardFailure failure);

    /** It ended. */
    void exited(GuardExit exit);

    /** What the plan told to undo is undone. */
    void gone(List<GuardFailure> failures);

    /** The engine has left it to its guard, where it lives on. Nothing else is called after this. Only of what was detached. */
    default void left() {}

    /** The guard died, and with it everything it had launched. Nothing else is called after this. */
    void lost();
}
