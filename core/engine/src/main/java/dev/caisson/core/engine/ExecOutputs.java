package dev.caisson.core.engine;

import dev.caisson.core.streams.Fanout;
import dev.caisson.core.streams.MemoryOutput;
import dev.caisson.core.streams.OutputPipe;
import dev.caisson.core.streams.Sink;
import java.io.IOException;
import java.io.InputStream;

/** Where the output of a process executed inside goes: kept in memory up to a limit, or piped to who reads it. */
interface ExecOutputs {
    /** What a pipe of the kernel's holds, too. */
    long PIPED = 64 * 1024;

    /** Takes standard output. */
    Sink outSink();

    /** Takes standard error. */
    Sink errSink();

    /** Goes on with reading when there is room. */
    void connect(Console console);

    /** What was kept. */
    byte[] out();

    /** What was kept of standard error. */
    byte[] err();

    /** Which stream has passed its limit; "" for none. */
    String exceeded();

    /** To be read as it comes. */
    InputStream stdout();

    /** The same of standard error. */
    InputStream stderr();

    /** Who reads comes to the end; what still comes is nobody's, or kept. */
    void leave();

    /** @param exceeded called when a stream passes the limit */
    static ExecOutputs kept(long limit, Runnable exceeded) {
        return new Kept(new MemoryOutput(limit, exceeded), new MemoryOutput(limit, exceeded), true);
    }

    /** Of both together the first bytes, as standard output; more is no failure. */
    static ExecOutputs head(long limit) {
        MemoryOutput both = new MemoryOutput(limit, () -> { });
        return new Kept(both, both, false);
    }

    static ExecOutputs piped() {
        return new Piped(new OutputPipe(PIPED, null), new OutputPipe(PIPED, null));
    }

    /** In memory. @param limited whether more than the limit is a failure */
    record Kept(MemoryOutput outSink, MemoryOutput errSink, boolean limited) implements ExecOutputs {
        @Override
        public void connect(Console console) {
            // memory always takes more
        }

        @Override
        public byte[] out() {
            return outSink.toBytes();
        }

        @Override
        public byte[] err() {
            return errSink.toBytes();
        }

        @Override
        public String exceeded() {
            return !limited ? "" : outSink.over() ? "stdout" : errSink.over() ? "stderr" : "";
        }

        @Override
        public InputStream stdout() {
            return outSink.stream();
        }

        @Override
        public InputStream stderr() {
            return errSink.stream();
        }

        @Override
        public void leave() {
            outSink.end();
            errSink.end();
        }
    }

    /** To the reader. */
    record Piped(OutputPipe outSink, OutputPipe errSink) implements ExecOutputs {
        private static final byte[] NOTHING = {};

        @Override
        public void connect(Console console) {
            connect(outSink, console.out());
            connect(errSink, console.err());
        }

        private static void connect(OutputPipe pipe, Fanout stream) {
            pipe.onRoom(stream::ready);
        }

        @Override
        public byte[] out() {
            return NOTHING;
        }

        @Override
        public byte[] err() {
            return NOTHING;
        }

        @Override
        public String exceeded() {
            return "";
        }

        @Override
        public InputStream stdout() {
            return outSink.stream();
        }

        @Override
        public InputStream stderr() {
            return errSink.stream();
        }

        @Override
        public void leave() {
            try (InputStream out = stdout(); InputStream err = stderr()) {
                // closed for their readers: nothing waits for them any more
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
