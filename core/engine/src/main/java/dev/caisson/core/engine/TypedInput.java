package dev.caisson.core.engine;

import dev.caisson.core.streams.KeyFilter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/** What somebody writes to a process's standard input. At a terminal, the keys that leave it are looked for. */
final class TypedInput extends OutputStream {
    private final Console console;
    private final KeyFilter keys;
    private final BooleanSupplier left;
    private final Runnable leave;

    /**
     * @param keys none without a terminal
     * @param left whether he has left it already
     * @param leave called when he has typed the keys
     */
    TypedInput(Console console, KeyFilter keys, BooleanSupplier left, Runnable leave) {
        this.console = console;
        this.keys = keys;
        this.left = left;
        this.leave = leave;
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        Objects.checkFromIndexSize(from, length, bytes.length);
        if (left.getAsBoolean()) {
            throw new IOException("detached");
        }
        byte[] passed;
        boolean found;
        synchronized (keys) {
            passed = keys.pass(bytes, from, length);
            found = keys.found();
        }
        try {
            console.write(passed, 0, passed.length);
        } finally {
            if (found) {
                leave.run();
            }
        }
    }

    /** The end of the input for the process too, where there is one. */
    @Override
    public void close() {
        if (!left.getAsBoolean()) {
            console.closeInput();
        }
    }
}
