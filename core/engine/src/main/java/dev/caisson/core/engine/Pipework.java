package dev.caisson.core.engine;

import dev.caisson.Stdin;
import dev.caisson.core.streams.InputPort;
import dev.caisson.core.streams.InputWriter;
import dev.caisson.core.streams.OutputReader;
import dev.caisson.core.streams.Sink;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Pipes;
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
        Fd input = input(engine, stdin, console);
        Pipes.Pipe out = Pipes.pipe2(0);
        Pipes.Pipe err = Pipes.pipe2(0);
        FileCalls.fchmodat2(out.write(), "", PIPE_MODE, Fcntl.AT_EMPTY_PATH);
        FileCalls.fchmodat2(err.write(), "", PIPE_MODE, Fcntl.AT_EMPTY_PATH);
        console.reads(console.out(), new OutputReader(engine.poller(), engine.readBuffer(), out.read(), console.out()));
        console.reads(console.err(), new OutputReader(engine.poller(), engine.readBuffer(), err.read(), console.err()));
        return new Pipework(List.of(input, out.write(), err.write()), console);
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
