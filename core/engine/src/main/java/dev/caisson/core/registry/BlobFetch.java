package dev.caisson.core.registry;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.Arrival;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.Ingest;
import dev.caisson.core.image.Descriptor;
import java.io.IOException;
import java.util.function.LongConsumer;

/** One blob into the store: verified while it is written, and continued where a connection broke. */
final class BlobFetch {
    private static final int BUFFER = 128 * 1024;

    private final RemoteRepository repository;
    private final ContentStore store;

    BlobFetch(RemoteRepository repository, ContentStore store) {
        this.repository = repository;
        this.store = store;
    }

    /**
     * Fetches it.
     *
     * @param arrival is told what can be read of it
     * @param arrived is told how many bytes more are here
     * @throws ImageProblem if it is not what its descriptor says, or cannot be had
     */
    Digest run(Descriptor blob, Arrival arrival, LongConsumer arrived) {
        try (Ingest into = store.begin(blob.digest(), blob.size())) {
            arrival.begun(into);
            int failed = 0;
            while (true) {
                long before = into.size();
                try {
                    receive(blob, into, n -> {
                        arrival.grown(into.size());
                        arrived.accept(n);
                    });
                    return into.commit();
                } catch (IOException e) {
                    failed = into.size() > before ? 1 : failed + 1;
                    if (e instanceof java.io.InterruptedIOException && Thread.currentThread().isInterrupted()) {
                        throw new ImageProblem(Stage.PULL, "interrupted while fetching blob " + blob.digest(), "", e);
                    }
                    if (failed >= repository.retries().tries()) {
                        throw new ImageProblem(Stage.PULL, "the connection to " + repository.what() + " broke " + failed + " times at byte " + into.size() + " of blob "
                                + blob.digest() + ": " + e.getMessage(), "try again; check the network", e);
                    }
                    pause(failed, blob);
                }
            }
        }
    }

    private void pause(int failed, Descriptor blob) {
        try {
            RetryPolicy.sleep(repository.retries().pause(failed));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageProblem(Stage.PULL, "interrupted while fetching blob " + blob.digest(), "", e);
        }
    }

    private void receive(Descriptor blob, Ingest into, LongConsumer arrived) throws IOException {
        if (into.size() == blob.size() && blob.size() > 0) {
            return; // all was here when the connection broke
        }
        try (Response response = repository.blob(blob.digest(), into.size())) {
            long from = begins(response);
            if (from > into.size()) {
                throw new IOException("the answer begins at byte " + from + ", not at " + into.size());
            }
            if (response.length() >= 0 && from + response.length() != blob.size()) {
                throw new ImageProblem(Stage.PULL, "blob " + blob.digest() + " has " + (from + response.length()) + " bytes at the registry, its descriptor says " + blob.size(),
                        "the source is damaged or lies; get the image from somewhere else");
            }
            response.body().skipNBytes(into.size() - from); // a server that knows no ranges begins anew
            byte[] buffer = new byte[BUFFER];
            for (int n = response.body().readSome(buffer); n > 0; n = response.body().readSome(buffer)) {
                into.write(buffer, 0, n);
                arrived.accept(n);
            }
            if (into.size() < blob.size() && response.length() < 0) {
                throw new IOException("the answer ended after " + into.size() + " of " + blob.size() + " bytes");
            }
        }
    }

    /** Where a part begins: {@code Content-Range: bytes 100-199/200}. */
    private static long begins(Response response) throws IOException {
        if (response.status() != 206) {
            return 0;
        }
        String range = response.header("Content-Range");
        int dash = range.indexOf('-');
        try {
            return Long.parseLong(range.substring(range.indexOf(' ') + 1, Math.max(dash, 0)));
        } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
            throw new IOException("a part without a proper Content-Range", e);
        }
    }
}
