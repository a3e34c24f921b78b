package dev.caisson.network.etcd;

import dev.caisson.network.etcd.EtcdFailure.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** What happens to keys, as a stream of lines. For one reader; {@link #close} from any thread. */
public final class Watch implements AutoCloseable {
    private static final int MAX_LINE = 16 << 20;

    private final InputStream in;
    private final Runnable end;

    /** @param end what ends the stream, while somebody reads from it too */
    Watch(InputStream in, Runnable end) {
        this.in = in;
        this.end = end;
    }

    /** Changes in order. @param revision up to which all of them have been told; 0 if that is not said */
    public record Changes(long revision, List<Event> events) {
        public Changes {
            events = List.copyOf(events);
        }
    }

    /** Waits for the next. @throws EtcdFailure {@link Kind#UNREACHABLE} at the stream's end */
    public Changes next() throws EtcdFailure {
        WatchMessage message = Wire.watch(Wire.parse(line()));
        return new Changes(message.revision(), message.events());
    }

    private byte[] line() throws EtcdFailure {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try {
            for (int c = in.read(); c != -1; c = in.read()) {
                if (c == '\n' && line.size() > 0) {
                    return line.toByteArray();
                }
                if (c != '\n') {
                    line.write(c);
                }
                if (line.size() > MAX_LINE) {
                    throw new EtcdFailure(Kind.GARBAGE, "a message of the watch is longer than " + MAX_LINE + " bytes");
                }
            }
        } catch (IOException e) {
            throw new EtcdFailure(Kind.UNREACHABLE, "the watch ended: " + e.getMessage(), e);
        }
        throw new EtcdFailure(Kind.UNREACHABLE, "the watch ended");
    }

    @Override
    public void close() {
        end.run();
    }
}
