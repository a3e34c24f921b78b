package dev.caisson.core.engine;

import dev.caisson.AttachOptions;
import dev.caisson.Attachment;
import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.core.streams.Fanout;
import dev.caisson.core.streams.InputPort;
import dev.caisson.core.streams.OutputReader;
import dev.caisson.core.streams.Sink;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The engine's side of one process's standard streams: who reads them, who is attached, what is written to its input, the size of its terminal. */
final class Console {
    private final boolean terminal;
    private final boolean open;
    private final Fanout out;
    private final Fanout err;
    private final List<OutputReader> readers = new CopyOnWriteArrayList<>();
    /** Of a terminal: when it is there. Null without a way to write, and when its process has ended before. */
    private final CompletableFuture<@Nullable InputPort> input = new CompletableFuture<>();
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private volatile Runnable beforeTheEnd = () -> { };

    /**
     * @param terminal whether its streams are a terminal
     * @param open whether who is attached may write
     */
    Console(boolean terminal, boolean open, Sink out, Sink err) {
        this.terminal = terminal;
        this.open = open;
        this.out = new Fanout(out);
        this.err = new Fanout(err);
    }

    Fanout out() {
        return out;
    }

    Fanout err() {
        return err;
    }

    /** @param reader of one of its streams, which goes on when the stream can take more */
    void reads(Fanout stream, OutputReader reader) {
        stream.onResume(reader::resume);
        readers.add(reader);
    }

    /** What is to be looked at before it is said that there are no more readers. */
    void beforeTheEnd(Runnable action) {
        beforeTheEnd = action;
    }

    /** Those that there are by now. */
    List<OutputReader> readers() {
        return readers;
    }

    /** Where its input is written, or its terminal is; null if there is no such. */
    void input(@Nullable InputPort port) {
        if (!input.complete(port) && port != null) {
            port.close(); // it is over already
        }
    }

    /** Where output always goes can take more. */
    void ready() {
        out.ready();
        err.ready();
    }

    boolean isTerminal() {
        return terminal;
    }

    /** Whether who is attached may write. */
    boolean isOpen() {
        return open;
    }

    /** Completes when its process has ended. */
    CompletableFuture<Void> over() {
        return over;
    }

    /** @throws IOException if its input is closed, or its process has ended */
    void write(byte[] bytes, int from, int length) throws IOException {
        port().write(bytes, from, length);
    }

    /** The end of its input; of a terminal, nothing. */
    void closeInput() {
        if (!terminal) {
            close();
        }
    }

    private void close() {
        input.thenAccept(port -> {
            if (port != null) {
                port.close();
            }
        });
    }

    private InputPort port() throws IOException {
        InputPort port = Waiting.await(input, "the terminal", () -> { });
        if (port != null) {
            return port;
        }
        throw new IOException("there is no standard input: its process has ended");
    }

    /** @param who for messages */
    void resize(String who, int rows, int columns) {
        SizeRules.check("resize", rows, columns);
        if (!terminal) {
            throw new EngineProblem(Stage.SUPERVISE, "could not resize the terminal of " + who + ": it has none", "start it with tty()");
        }
        try {
            port().resize(rows, columns);
        } catch (IOException e) {
            throw new EngineProblem(Stage.SUPERVISE, "could not resize the terminal of " + who + ": it has ended", "attach to one that runs", e);
        } catch (SyscallException e) {
            throw new EngineProblem(Stage.SUPERVISE, "could not resize the terminal of " + who + ": " + e.getMessage(), "give 1 to 65535 rows and columns", e);
        }
    }

    /** @param workers run what hangs on its end @param onDetach called when it ends before its process */
    Attachment attach(String who, AttachOptions options, Executor workers, Runnable onDetach) {
        return new LiveAttachment(this, who, options, workers, onDetach);
    }

    /** On the poller thread: its process is dead. What it printed is still read; nobody holds that up, and nobody writes any more. */
    void finishing() {
        beforeTheEnd.run();
        close();
        input.complete(null); // no exception: two stack traces cost more than the rest of a start's end
        out.finishing();
        err.finishing();
    }

    /** On the poller thread: everything it printed was read. */
    void end() {
        over.complete(null);
    }

    /** On the poller thread: it is nobody's here any more, or was never started. */
    void abandon() {
        finishing();
        readers.forEach(OutputReader::end);
        end();
    }
}
