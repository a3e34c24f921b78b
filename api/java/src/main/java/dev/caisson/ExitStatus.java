package dev.caisson;

import java.util.Arrays;
import java.util.Optional;

/**
 * How a process ended.
 *
 * @param exitCode its exit code; 128 + the signal number when a signal ended it (as a shell and docker report it); -1 when nobody could learn it
 * @param signalNumber the signal that ended it, 0 if none
 * @param oomKilled whether the kernel killed something of it for want of memory
 */
public record ExitStatus(int exitCode, int signalNumber, boolean oomKilled) {
    /** The guard died and took the answer with it. */
    public static final ExitStatus UNKNOWN = new ExitStatus(-1, 0, false);

    /** {@return the signal that ended it, if one did and it has a name} */
    public Optional<Signal> signal() {
        return Arrays.stream(Signal.values()).filter(s -> s.number() == signalNumber).findFirst();
    }

    /** {@return whether it exited by itself with code 0} */
    public boolean success() {
        return exitCode == 0;
    }

    @Override
    public String toString() {
        return (this.equals(UNKNOWN) ? "exit unknown" : signalNumber == 0 ? "exit " + exitCode
                : "killed by " + signal().map(s -> "SIG" + s).orElse("signal " + signalNumber)) + (oomKilled ? " (out of memory)" : "");
    }
}
