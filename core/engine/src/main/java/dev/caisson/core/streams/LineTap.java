package dev.caisson.core.streams;

/** Sees the lines of a container's output, both streams in the order read, without their line ends; one longer than 16 KiB in pieces. */
@FunctionalInterface
public interface LineTap {
    /** Called by one thread at a time; must be quick. */
    void line(String line);

    /** Ends the seeing. */
    interface Registration extends AutoCloseable {
        @Override
        void close();
    }
}
