package dev.caisson.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;

/**
 * One request's waiting for its client. Who brings or takes nothing for a while, or less than 16 KiB in all that time, is cut off: its thread is interrupted, which closes the
 * connection's channel. Nothing but waiting is ever interrupted, so files are not.
 */
final class Pace {
    private static final int FLOOR = 16 << 10;

    private final Thread worker = Thread.currentThread();
    private final long patience;
    private long since;
    private long waited;
    private long moved;
    private boolean waiting;
    private boolean cut;

    Pace(Duration patience) {
        this.patience = patience.toNanos();
    }

    /** The client was cut off, or went. */
    static final class ClientGone extends IOException {
        private static final long serialVersionUID = 1L;

        ClientGone(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** From here on the client is waited for. */
    synchronized void enter() {
        waiting = true;
        since = System.nanoTime();
    }

    /** No more. @param bytes that moved */
    synchronized void leave(long bytes) throws ClientGone {
        waiting = false;
        waited += System.nanoTime() - since;
        moved += bytes;
        if (moved >= FLOOR) {
            moved = 0;
            waited = 0;
        }
        if (cut) {
            Thread.interrupted();
            throw new ClientGone("the client stood still", new java.io.InterruptedIOException());
        }
    }

    /** Another phase of the request, with the whole patience. */
    synchronized void renew() {
        moved = 0;
        waited = 0;
    }

    /** Called now and then by another thread. */
    synchronized void check() {
        if (waiting && !cut && waited + System.nanoTime() - since > patience) {
            cut = true;
            worker.interrupt();
        }
    }

    /** The request is over; the thread is the next one's. */
    synchronized void end() {
        waiting = false;
        cut = true; // and nobody interrupts any more
        Thread.interrupted();
    }

    private interface Move {
        long bytes() throws IOException;
    }

    private long move(Move move) throws ClientGone {
        enter();
        long bytes = 0;
        try {
            bytes = move.bytes();
        } catch (IOException e) {
            leave(0);
            throw new ClientGone("the connection broke", e);
        }
        leave(Math.max(0, bytes));
        return bytes;
    }

    /** What the client sends, at its pace. */
    InputStream reading(InputStream in) {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int from, int length) throws IOException {
                return (int) move(() -> in.read(into, from, length));
            }
        };
    }

    /** What the client takes, at its pace. */
    OutputStream writing(OutputStream out) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] from, int offset, int length) throws IOException {
                move(() -> {
                    out.write(from, offset, length);
                    return length;
                });
            }

            @Override
            public void flush() throws IOException {
                move(() -> {
                    out.flush();
                    return 0;
                });
            }
        };
    }
}
