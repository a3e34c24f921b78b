package dev.caisson.core.registry;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.Arrival;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.Ingest;
import dev.caisson.core.image.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One blob into the store: verified while it is written, and continued where a connection broke, a registry was out of order, or a JVM died that fetched it before. For one
 * blob, and one thread.
 */
final class BlobFetch {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.pull");

    private final RemoteRepository repository;
    private final ContentStore store;
    /** Parts cannot be had there: it is asked for from its first byte, and what is here is passed over. */
    private boolean whole;
    /** How many bytes are to come that are here. */
    private long known;

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
        try (Ingest into = store.resume(blob.digest(), blob.size())) {
            if (into.size() == 0) {
                arrival.begun(into);
                receiveAll(blob, into, n -> {
                    arrival.grown(into.size());
                    arrived.accept(n);
                });
                return into.commit();
            }
            // Nobody reads along: what is here may be wrong, which shows at the end.
            arrived.accept(into.size());
            receiveAll(blob, into, arrived);
            if (into.asExpected()) {
                return into.commit();
            }
            LOG.warn("what was here of blob {} is wrong; it is fetched anew", blob.digest());
            arrived.accept(-into.size());
        }
        return run(blob, arrival, arrived); // of what was wrong nothing is left
    }

    private void receiveAll(Descriptor blob, Ingest into, LongConsumer arrived) {
        int failed = 0;
        while (true) {
            long before = into.size();
            try {
                receive(blob, into, arrived);
                return;
            } catch (IOException e) {
                failed = into.size() > before ? 1 : failed + 1;
                if (e instanceof java.io.InterruptedIOException && Thread.currentThread().isInterrupted()) {
                    into.keep();
                    throw new ImageProblem(Stage.PULL, "interrupted while fetching blob " + blob.digest(), "", e);
                }
                if (failed >= repository.retries().tries()) {
                    into.keep();
                    throw new ImageProblem(Stage.PULL, "the connection to " + repository.what() + " broke " + failed + " times at byte " + into.size() + " of blob "
                            + blob.digest() + ": " + e.getMessage(), "try again, which goes on there; check the network", e);
                }
                pause(failed, blob, into);
            }
        }
    }

    private void pause(int failed, Descriptor blob, Ingest into) {
        try {
            RetryPolicy.sleep(repository.retries().pause(failed));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            into.keep();
            throw new ImageProblem(Stage.PULL, "interrupted while fetching blob " + blob.digest(), "", e);
        }
    }

    private void receive(Descriptor blob, Ingest into, LongConsumer arrived) throws IOException {
        if (into.size() == blob.size() && blob.size() > 0) {
            return; // all was here when the connection broke
        }
        try (Response response = asked(blob, into)) {
            long from = begins(response);
            if (from < 0 || from > into.size()) {
                LOG.debug("{} has no part of blob {} from byte {} on (status {}, Content-Range '{}'); it is asked for the whole", repository.what(), blob.digest(), into.size(),
                        response.status(), response.header("Content-Range"));
                whole = true;
            } else {
                receive(blob, into, arrived, response, from);
                return;
            }
        }
        receive(blob, into, arrived);
    }

    /** What the registry says instead of bytes is no word about those that are here: they are kept. */
    private Response asked(Descriptor blob, Ingest into) {
        try {
            return repository.blob(blob.digest(), whole ? 0 : into.size());
        } catch (RuntimeException e) {
            into.keep();
            throw e;
        }
    }

    private void receive(Descriptor blob, Ingest into, LongConsumer arrived, Response response, long from) throws IOException {
        if (response.length() >= 0 && from + response.length() != blob.size()) {
            into.keep();
            throw new ImageProblem(Stage.PULL, "blob " + blob.digest() + " has " + (from + response.length()) + " bytes at the registry, its descriptor says " + blob.size(),
                    "the source is damaged or lies; get the image from somewhere else");
        }
        known = into.size() - from; // a server that knows no ranges begins anew
        response.body().drain(batch -> {
            pass(batch);
            long before = into.size();
            into.write(batch);
            if (into.size() > before) {
                arrived.accept(into.size() - before);
            }
        });
        if (into.size() < blob.size()) {
            throw new IOException("the answer ended after " + into.size() + " of " + blob.size() + " bytes");
        }
    }

    /** Passes over what is known. */
    private void pass(List<ByteBuffer> batch) {
        for (ByteBuffer buffer : batch) {
            int n = (int) Math.min(known, buffer.remaining());
            buffer.position(buffer.position() + n);
            known -= n;
        }
    }

    /** Where the bytes begin: {@code Content-Range: bytes 100-199/200} of a part. -1 if the answer is none that can be gone on with. */
    private static long begins(Response response) {
        if (response.status() == 200) {
            return 0;
        }
        String range = response.header("Content-Range");
        int dash = range.indexOf('-');
        try {
            return response.status() == 206 ? Long.parseLong(range.substring(range.indexOf(' ') + 1, Math.max(dash, 0))) : -1;
        } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
            return -1;
        }
    }
}
