package dev.caisson.core.engine;

import dev.caisson.Stdin;
import dev.caisson.core.streams.Fanout;
import dev.caisson.core.streams.InputPort;
import dev.caisson.core.streams.InputWriter;
import dev.caisson.core.streams.OutputReader;
import dev.caisson.core.streams.Sink;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Pipes;
import java.util.ArrayList;
import java.util.List;

/**
 * The standard streams of one process that has no terminal.
 *
 * @param theirs stdin, stdout, stderr; closed by the caller after the launch
 * @param console our side
 */
record Pipework(List<Fd> theirs, Console console) {
    /**
     * Owner writes; everybody in the container may open for writing. /dev/stdout leads through /proc/self/fd/1 to the pipe's inode, so without this a worker that
     * dropped its privilege could not open its log there (the nginx image links its logs to /dev/stdout). Nobody but the engine may read.
     */
    private static final int PIPE_MODE = 0622;

    static Pipework open(LocalEngine engine, Stdin stdin, Sink stdout, Sink stderr) {
        Console console = new Console(false, stdin instanceof Stdin.Open, stdout, stderr);
        List<Fd> theirs = new ArrayList<>();
        try {
            theirs.add(input(engine, stdin, console));
            theirs.add(output(engine, console, console.out()));
            theirs.add(output(engine, console, console.err()));
            return new Pipework(List.copyOf(theirs), console);
        } catch (RuntimeException e) { // there are no more descriptors, perhaps
            engine.poller().execute(console::abandon);
            theirs.forEach(Fd::close);
            throw e;
        }
    }

    /** @return the end that is written */
    private static Fd output(LocalEngine engine, Console console, Fanout stream) {
        Pipes.Pipe pipe = Pipes.pipe2(0);
        try {
            FileCalls.fchmodat2(pipe.write(), "", PIPE_MODE, Fcntl.AT_EMPTY_PATH);
            console.reads(stream, new OutputReader(engine.poller(), engine.readBuffer(), pipe.read(), stream));
            return pipe.write();
        } catch (RuntimeException e) {
            pipe.close();
            throw e;
        }
    }

    private static Fd input(LocalEngine engine, Stdin stdin, Console console) {
        if (!(stdin instanceof Stdin.Open)) {
            console.input(null);
            return InputWriter.open(stdin, engine.nullDevice(), engine.workers());
        }
        Pipes.Pipe pipe = Pipes.pipe2(0);
        console.input(new InputPort(engine.poller(), pipe.write()));
        return pipe.read();
    }

    void closeTheirs() {
        theirs.forEach(Fd::close);
    }
}
