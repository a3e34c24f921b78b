package dev.caisson;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** How to attach to a running container. Mutable, no I/O. */
public final class AttachOptions {
    /** The most that a buffer may hold. */
    private static final long MAX_BUFFER = 1L << 30;

    /** A standard stream. */
    public enum Stream {
        /** Standard input. */
        STDIN,
        /** Standard output, and all of a terminal. */
        STDOUT,
        /** Standard error. */
        STDERR
    }

    /** What happens when the reader of an attached stream is slower than the container. */
    public enum WhenFull {
        /** The container waits when it prints, as with docker. */
        WAIT,
        /** The attachment ends, and its reader is told; the container goes on. */
        DETACH
    }

    private final Set<Stream> streams = EnumSet.allOf(Stream.class);
    private DetachKeys keys = DetachKeys.DEFAULT;
    private WhenFull whenFull = WhenFull.WAIT;
    private long buffer = 1 << 20;

    /** For engines; callers get one from {@link Container#attach(java.util.function.Consumer)}. */
    public AttachOptions() {}

    /**
     * Only these streams ({@code --attach}, {@code --no-stdin}); default all three. What is printed on others is not waited for.
     *
     * @param wanted they replace those given before
     * @return these options
     */
    public AttachOptions only(Stream... wanted) {
        streams.clear();
        streams.addAll(List.of(wanted));
        return this;
    }

    /**
     * Keys that leave the container's terminal when they are written to {@link Attachment#stdin()} ({@code --detach-keys}); default {@code ctrl-p,ctrl-q}, "" for
     * none. Without {@link ContainerBuilder#tty()} nothing written is a key.
     *
     * @param value in docker's syntax, see {@link DetachKeys}
     * @return these options
     * @throws InvalidSpec if these are none
     */
    public AttachOptions detachKeys(String value) {
        keys = DetachKeys.of(value);
        return this;
    }

    /**
     * What happens when {@link #buffer} bytes wait to be read; default {@link WhenFull#WAIT}.
     *
     * @param value {@link WhenFull#WAIT}: the container waits; {@link WhenFull#DETACH}: the reader is left and told
     * @return these options
     */
    public AttachOptions whenFull(WhenFull value) {
        whenFull = value;
        return this;
    }

    /**
     * Bytes of each stream that may wait to be read, default 1 MiB, at most 1 GiB.
     *
     * @param bytes 1 to 1 GiB
     * @return these options
     * @throws InvalidSpec if it is not positive, or more
     */
    public AttachOptions buffer(long bytes) {
        if (bytes <= 0 || bytes > MAX_BUFFER) {
            throw new InvalidSpec("buffer(" + bytes + ")", "is not from 1 to " + MAX_BUFFER, "");
        }
        buffer = bytes;
        return this;
    }

    /**
     * {@return whether a stream is wanted}
     *
     * @param stream one of the three
     */
    public boolean has(Stream stream) {
        return streams.contains(stream);
    }

    /** {@return what {@link #detachKeys(String)} set} */
    public DetachKeys keys() {
        return keys;
    }

    /** {@return what {@link #whenFull(WhenFull)} set} */
    public WhenFull whenFull() {
        return whenFull;
    }

    /** {@return how many bytes {@link #buffer(long)} set} */
    public long buffer() {
        return buffer;
    }
}
