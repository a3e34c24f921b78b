package dev.caisson.core.engine;

import dev.caisson.Stdin;
import dev.caisson.core.streams.InputWriter;
import dev.caisson.core.streams.OutputReader;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.Pipes;
import java.util.List;

/**
 * The standard streams of one process: the ends it gets, and the readers of the others.
 *
 * @param theirs stdin, stdout, stderr; closed by the caller after the launch
 * @param readers of what it prints
 */
record Pipework(List<Fd> theirs, List<OutputReader> readers) {
    /**
     * Owner writes; everybody in the container may open for writing. /dev/stdout leads through /proc/self/fd/1 to the pipe's inode, so without this a worker that
     * dropped its privilege could not open its log there (the nginx image links its logs to /dev/stdout). Nobody but the engine may read.
     */
    private static final int PIPE_MODE = 0622;

    static Pipework open(LocalEngine engine, Stdin stdin, Outputs outputs) {
        Fd input = InputWriter.open(stdin, engine.nullDevice(), engine.workers());
        Pipes.Pipe out = Pipes.pipe2(0);
        Pipes.Pipe err = Pipes.pipe2(0);
        FileCalls.fchmodat2(out.write(), "", PIPE_MODE, dev.caisson.linux.Fcntl.AT_EMPTY_PATH);
        FileCalls.fchmodat2(err.write(), "", PIPE_MODE, dev.caisson.linux.Fcntl.AT_EMPTY_PATH);
        List<OutputReader> readers = List.of(new OutputReader(engine.poller(), engine.readBuffer(), out.read(), outputs.stdout()),
                new OutputReader(engine.poller(), engine.readBuffer(), err.read(), outputs.stderr()));
        if (outputs.log() != null) {
            outputs.log().onResume(() -> readers.forEach(OutputReader::resume));
        }
        return new Pipework(List.of(input, out.write(), err.write()), readers);
    }

    void closeTheirs() {
        theirs.forEach(Fd::close);
    }
}
