package dev.caisson.benchmarks;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** A peer in a process of its own, which takes the time itself, so that the way to it is not measured: a byte asks for one start, eight bytes answer its nanoseconds. */
abstract class PeerProcess implements Peer {
    private final String name;
    private final Process process;
    private final OutputStream requests;
    private final DataInputStream answers;

    /** Starts the process. @param line its command line */
    PeerProcess(String name, List<String> line) throws IOException {
        this.name = name;
        process = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        requests = process.getOutputStream();
        answers = new DataInputStream(process.getInputStream());
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final long launch() throws IOException {
        requests.write(1);
        requests.flush();
        return answers.readLong();
    }

    @Override
    public final void close() throws IOException, InterruptedException {
        requests.close();
        process.waitFor();
    }
}
