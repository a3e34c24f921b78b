package dev.caisson.benchmarks;

import dev.caisson.Container;
import dev.caisson.Engine;
import dev.caisson.Execution;
import java.nio.file.Path;

/** A further process in a container that runs already. */
final class CaissonExec implements Peer {
    private final Container container;
    private final String program;

    CaissonExec(Engine engine, Path rootfs, String program) {
        container = engine.rootfs(rootfs).networkNone().command("/bin/sleep", "86400").run();
        this.program = program;
    }

    @Override
    public String name() {
        return "caisson exec()";
    }

    @Override
    public long launch() {
        long start = System.nanoTime();
        Execution execution = container.exec(program).run();
        long took = System.nanoTime() - start;
        if (execution.exitCode() != 0) {
            throw new IllegalStateException(execution + ": " + execution.stderr());
        }
        return took;
    }

    @Override
    public void close() {
        container.close();
    }
}
