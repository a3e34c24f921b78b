package dev.caisson.registry.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;

/**
 * How long a client may keep its connection's thread waiting. Who brings or takes nothing for a while, or less than 16 KiB in all that time, is cut off: the socket is closed
 * under the waiting thread.
 */
final class Pace {
    private static final int FLOOR = 16 << 10;

    private final Runnable cutOff;
    private long limit;
    private long since;
    private long waited;
    private long moved;
    private boolean waiting;
    private boolean cut;

    /** @param cutOff closes the connection */
    Pace(Runnable cutOff) {
        this.cutOff = cutOff;
    }

    /** Another phase, with all its patience. */
    synchronized void begin(Duration patience) {
        limit = patience.toNanos();
        moved = 0;
        waited = 0;
    }

    /** Called now and then by another thread. */
    void check() {
        synchronized (this) {
            if (!waiting || cut || waited + System.nanoTime() - since <= limit) {
                return;
            }
            cut = true;
        }
        cutOff.run();
    }

    private synchronized void enter() {
        waiting = true;
        since = System.nanoTime();
    }

    private synchronized void leave(long bytes) throws ClientGone {
        waiting = false;
        waited += System.nanoTime() - since;
        moved += bytes;
        if (moved >= FLOOR) {
            moved = 0;
            waited = 0;
        }
        if (cut) {
            throw new ClientGone("the client stood still", null);
        }
    }

    private interface Move {
        long bytes() throws IOException;
    }

    private long move(Move move) throws ClientGone {
        enter();
        long bytes;
        try {
            bytes = move.bytes();
        } catch (IOException e) {
            leave(0);
            throw new ClientGone("the connection broke: " + e.getMessage(), e);
        }
        leave(Math.max(0, bytes));
        return bytes;
    }

    /** Ends something that may have to be told to the client. */
    void closing(java.io.Closeable what) throws ClientGone {
        move(() -> {
            what.close();
            return 0;
        });
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
