package dev.caisson;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;

/**
 * A further process running inside a container, and all that it has started there. As {@link Process} is for a process of the host; {@link #close()} kills it. Reads, writes and
 * waits honour interruption.
 */
public interface Exec extends AutoCloseable {
    /**
     * The host's pid of it; 0 when it has ended.
     *
     * @return in the PID namespace of the JVM
     */
    int pid();

    /** {@return whether its first process runs} */
    boolean isAlive();

    /**
     * Sends a signal to the process and to all its descendants, those in sessions and process groups of their own too, and those that outlived it. Where the engine has no cgroup
     * that it may write, only to the process and its group.
     *
     * @param signal any of signal(7); nothing happens when all of them have ended
     */
    void kill(Signal signal);

    /**
     * Writes to its standard input, without a buffer in between. Blocks while it does not read. Closing ends its input, but at a terminal, which has no end.
     *
     * @return the same stream at each call
     * @throws EngineProblem if it was not started with {@link ExecBuilder#interactive()}
     */
    OutputStream stdin();

    /**
     * What it prints, from the beginning, as it comes. Each call gives a stream of its own; with {@link ExecBuilder#piped()} they are one, and what one has read is gone for
     * the others. Ends when the process has ended, or was detached from.
     *
     * @return not to be closed for the process's sake: it goes on
     */
    InputStream stdout();

    /**
     * The same of standard error; nothing at a terminal.
     *
     * @return as {@link #stdout()}
     */
    InputStream stderr();

    /**
     * Sets the size of its terminal; what runs there gets SIGWINCH.
     *
     * @param rows in characters, 1 to 65535
     * @param columns in characters, 1 to 65535
     * @throws EngineProblem if it has no terminal, or has ended
     */
    void resize(int rows, int columns);

    /**
     * Leaves it alone, as the {@linkplain ExecBuilder#detachKeys detach keys} do: its streams end for whoever reads and writes them here, it goes on. {@link #close()} does not kill it
     * after this; its end is still told.
     */
    void detach();

    /**
     * Completes when it was detached from; never if it ended before.
     *
     * @return of this call alone; callbacks run on threads of the engine's
     */
    CompletableFuture<Void> onDetach();

    /**
     * Completes at its end, with everything it printed (nothing if {@linkplain ExecBuilder#piped() piped}); exceptionally as {@link #await()} throws. Cancelling it kills nothing.
     *
     * @return of this call alone; callbacks run on threads of the engine's and may wait
     */
    CompletableFuture<Execution> onExit();

    /**
     * Waits for its end. If interrupted, kills it.
     *
     * @return whatever its exit code is: that is no exception here
     * @throws ContainerTimeout if its time-out passed
     * @throws LaunchFailed if it could not be started
     * @throws OutputLimitExceeded if it printed more than {@link ExecBuilder#outputLimit}
     * @throws EngineProblem if the caller was interrupted, or the guard died and the end is unknown
     */
    Execution await();

    /** Kills it and all that it has started, unless it has ended or was detached from. Does not wait. */
    @Override
    void close();
}
