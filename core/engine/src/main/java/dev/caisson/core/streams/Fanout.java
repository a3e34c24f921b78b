package dev.caisson.core.streams;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** One stream for several: where it always goes, and whoever is attached to it meanwhile. It is read on when all of them can take more. */
public final class Fanout implements Sink {
    private final Sink first;
    private final List<OutputPipe> attached = new CopyOnWriteArrayList<>();
    private final Set<Sink> full = new HashSet<>();
    private Runnable resume = () -> { };
    private boolean finishing;
    private boolean ended;

    public Fanout(Sink first) {
        this.first = first;
    }

    /** What is to be called when reading may go on; before anything is read. */
    public void onResume(Runnable action) {
        resume = action;
    }

    /** Everything from now on goes there too. */
    public void attach(OutputPipe pipe) {
        pipe.onRoom(() -> ready(pipe));
        synchronized (this) {
            if (!ended) {
                if (finishing) {
                    pipe.finishing();
                }
                attached.add(pipe);
                return;
            }
        }
        pipe.end();
    }

    /** Nothing goes there any more, and it is not waited for. */
    public void detach(OutputPipe pipe) {
        attached.remove(pipe);
        pipe.end();
        ready(pipe);
    }

    /** Where it always goes can take more. */
    public void ready() {
        ready(first);
    }

    private void ready(Sink sink) {
        synchronized (this) {
            full.remove(sink);
            if (!full.isEmpty()) {
                return;
            }
        }
        resume.run();
    }

    @Override
    public synchronized boolean accept(ByteBuffer chunk) {
        for (OutputPipe pipe : attached) {
            if (!pipe.accept(chunk.duplicate())) {
                full.add(pipe);
            }
        }
        if (!first.accept(chunk)) {
            full.add(first);
        }
        return full.isEmpty();
    }

    /** The process is dead: nobody who is attached holds up what is left, which is no more than a pipe holds. */
    public void finishing() {
        synchronized (this) {
            finishing = true;
        }
        attached.forEach(pipe -> {
            pipe.finishing();
            ready(pipe);
        });
        if (first instanceof OutputPipe pipe) {
            pipe.finishing();
            ready(pipe);
        }
    }

    @Override
    public void end() {
        synchronized (this) {
            ended = true;
        }
        first.end();
        attached.forEach(OutputPipe::end);
        attached.clear();
    }
}
