package dev.caisson.registry.store;

import dev.caisson.registry.protocol.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.TreeSet;

/** What one repository has, to be read. */
public interface Repository {
    /** A manifest as it was pushed. */
    record Stored(byte[] content, String mediaType, Digest digest) {}

    /** A blob that is readable to its end, whoever deletes it. */
    interface Blob extends AutoCloseable {
        long size() throws IOException;

        /** From a byte on; once. */
        InputStream from(long first) throws IOException;

        @Override
        void close() throws IOException;
    }

    /** Whether it has, or had, manifests. */
    boolean exists() throws IOException;

    /** A blob that this repository has. */
    Optional<Blob> open(Digest digest) throws IOException;

    /** Whoever asks whether a blob is there is about to need it, which spares it from the next collection. */
    void touch(Digest blob) throws IOException;

    /** A manifest that somebody is about to fetch with all that it names. */
    Optional<Stored> fetch(Digest digest) throws IOException;

    /** A manifest. */
    Optional<Stored> manifest(Digest digest) throws IOException;

    /** What a tag stands for. */
    Optional<Digest> tag(String tag) throws IOException;

    TreeSet<String> tags() throws IOException;

    /** Digests of manifests that name this one as their subject. */
    TreeSet<String> referrers(Digest subject) throws IOException;
}
