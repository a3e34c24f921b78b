package dev.caisson.network.slirp;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A program that carries and ends with its standard input, so with this JVM, however that ends. If it ends before that, the log says so, and what it said last. */
final class CarrierProcess implements Carrier.Carrying {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.network");
    private static final int END_SECONDS = 2;

    private final String name;
    private final Process process;
    private final LastWords words;

    private CarrierProcess(String name, Process process, int pid) {
        this.name = name;
        this.process = process;
        this.words = LastWords.of(process, last -> LOG.warn("{}, which connected the container of process {}, has ended: {}. The container has no network until it is restarted", name, pid,
                last.isEmpty() ? "it did not say why" : last));
    }

    /** @param pid of the process it carries for */
    static CarrierProcess start(String name, ProcessBuilder program, int pid) throws IOException {
        return new CarrierProcess(name, program.start(), pid);
    }

    Process process() {
        return process;
    }

    /** Why it is of no use: it has ended, as it said. */
    IOException ended() {
        words.expect(); // the caller says so
        try {
            words.end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new IOException(name + " ended: " + words.text());
    }

    /** The same of one that goes on, but not as it should. */
    IOException late(int seconds) {
        String said = words.text();
        return new IOException(name + " was not ready within " + seconds + " s" + (said.isEmpty() ? "" : "; it says: " + said));
    }

    /** Ends it; if that takes too long, it and what is below it are killed. */
    @Override
    public void close() {
        words.expect();
        try {
            process.getOutputStream().close();
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
            process.getInputStream().close();
            words.end();
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
