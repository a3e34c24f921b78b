package dev.caisson.core.image;

import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import java.io.InputStream;

/** Where the layers of an image are read from while they are unpacked: the content store, or a transfer that fills it. Safe for several threads. */
public interface LayerSource extends AutoCloseable {
    /** A blob from its first byte on. What is on its way may not be verified yet; its stream ends when it is. */
    InputStream open(Digest blob);

    /**
     * Waits until a blob is in the store, verified.
     *
     * @throws RuntimeException why it does not come
     */
    void await(Digest blob);

    /** Unpacking has failed: what waits for blobs fails too, and none are fetched any more. */
    void giveUp(RuntimeException why);

    /** Nothing of it runs when this returns. */
    @Override
    void close();

    /** Blobs that are there. */
    static LayerSource stored(ContentStore content) {
        return new LayerSource() {
            @Override
            public InputStream open(Digest blob) {
                return content.open(blob);
            }

            @Override
            public void await(Digest blob) {}

            @Override
            public void giveUp(RuntimeException why) {}

            @Override
            public void close() {}
        };
    }
}
