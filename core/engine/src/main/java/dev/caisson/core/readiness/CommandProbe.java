package dev.caisson.core.readiness;

import dev.caisson.Container;
import dev.caisson.ContainerTimeout;
import dev.caisson.EngineProblem;
import dev.caisson.Execution;
import dev.caisson.Readiness;
import java.time.Duration;

/** Executes a command inside until it ends with 0. One that is missing is an error at once: it will not come. */
final class CommandProbe implements Probe {
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final Readiness.Command wanted;
    private final Watched watched;

    CommandProbe(Readiness.Command wanted, Watched watched) {
        this.wanted = wanted;
        this.watched = watched;
    }

    @Override
    public String pending() {
        try {
            Execution done = watched.container().exec(wanted.words().toArray(String[]::new)).timeout(Readiness.Command.LIMIT).run();
            return done.exitCode() == 0 ? "" : wanted + " (" + done.status() + ")";
        } catch (ContainerTimeout e) {
            return wanted + " (did not end within " + Readiness.Command.LIMIT.toSeconds() + " s)";
        } catch (EngineProblem e) {
            if (watched.exit().isPresent() || watched.container().state() == Container.State.PAUSED) {
                return wanted.toString(); // it ended while we asked, which the waiting reports, or nothing is executed in it just now
            }
            throw e;
        }
    }

    @Override
    public Duration interval() {
        return PAUSE;
    }
}
