package dev.caisson.core.engine;

import static dev.caisson.AttachOptions.Stream.STDERR;
import static dev.caisson.AttachOptions.Stream.STDIN;
import static dev.caisson.AttachOptions.Stream.STDOUT;

import dev.caisson.AttachOptions;
import dev.caisson.Attachment;
import dev.caisson.DetachKeys;
import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.core.streams.KeyFilter;
import dev.caisson.core.streams.OutputPipe;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Somebody at the streams of a running container. */
final class LiveAttachment implements Attachment {
    private final Console console;
    private final String who;
    private final boolean writes;
    private final OutputPipe out;
    private final OutputPipe err;
    private final TypedInput input;
    private final InputStream stdout;
    private final InputStream stderr;
    private final CompletableFuture<End> end = new CompletableFuture<>();
    private final Executor workers;
    private final Runnable onDetach;

    /** @param onDetach called when it ends before its container */
    LiveAttachment(Console console, String who, AttachOptions options, Executor workers, Runnable onDetach) {
        this.console = console;
        this.who = who;
        this.writes = options.has(STDIN);
        this.workers = workers;
        this.onDetach = onDetach;
        Runnable slow = options.whenFull() == AttachOptions.WhenFull.DETACH ? () -> end(End.SLOW) : null;
        out = new OutputPipe(options.buffer(), slow);
        err = new OutputPipe(options.buffer(), slow);
        stdout = out.stream();
        stderr = err.stream();
        DetachKeys keys = console.isTerminal() ? options.keys() : DetachKeys.NONE;
        input = new TypedInput(console, new KeyFilter(keys.bytes()), end::isDone, () -> end(End.KEYS));
        attach(options);
        console.over().thenRun(() -> end(End.EXITED));
    }

    private void attach(AttachOptions options) {
        if (options.has(STDOUT)) {
            console.out().attach(out);
        } else {
            out.end();
        }
        if (options.has(STDERR)) {
            console.err().attach(err);
        } else {
            err.end();
        }
    }

    private void end(End how) {
        if (end.complete(how) && how != End.EXITED) {
            console.out().detach(out);
            console.err().detach(err);
            onDetach.run();
        }
    }

    @Override
    public OutputStream stdin() {
        if (!writes || !console.isOpen()) {
            throw new EngineProblem(Stage.SUPERVISE, "could not write to the standard input of " + who + ": " + (writes ? "it has none that is open" : "it was attached to without stdin"),
                    writes ? "start it with interactive()" : "name STDIN in only(…)");
        }
        return input;
    }

    @Override
    public InputStream stdout() {
        return stdout;
    }

    @Override
    public InputStream stderr() {
        return stderr;
    }

    @Override
    public CompletableFuture<End> onEnd() {
        return Handover.of(end, workers);
    }

    @Override
    public void close() {
        end(End.CLOSED);
    }

    @Override
    public String toString() {
        return "attached to " + who + (end.isDone() ? ": " + end.join() : "");
    }
}
