package dev.caisson.core.registry;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.TransferProgress;
import dev.caisson.TransferProgress.Phase;
import dev.caisson.core.content.Arrival;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.Descriptor;
import dev.caisson.core.image.ImageDocument;
import dev.caisson.core.image.ImageReference;
import dev.caisson.core.image.LocalImages;
import dev.caisson.core.image.ManifestParser;
import dev.caisson.core.image.MediaTypes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a pull brings into the store: documents at once, blobs while they are read. */
final class Transfer {
    private static final long STEP = 256 << 10;

    private final ImageReference name;
    private final RemoteRepository repository;
    private final ContentStore store;
    private final Consumer<Digest> added;
    private final Consumer<TransferProgress> listener;
    private final AtomicLong done = new AtomicLong();
    private long total;

    Transfer(ImageReference name, RemoteRepository repository, ContentStore store, Consumer<Digest> added, Consumer<TransferProgress> listener) {
        this.name = name;
        this.repository = repository;
        this.store = store;
        this.added = added;
        this.listener = listener;
    }

    Digest document(RemoteRepository.Document document) {
        if (!store.has(document.digest())) {
            added.accept(store.put(document.content(), document.digest()));
        }
        return document.digest();
    }

    RemoteRepository repository() {
        return repository;
    }

    /** From the store, if it is there: what a digest names does not change. */
    RemoteRepository.Document manifest(Descriptor chosen, String index) {
        byte[] content = store.has(chosen.digest()) ? store.read(chosen.digest(), ManifestParser.LIMIT) : repository.manifest(chosen.digest().toString(), chosen.digest()).content();
        if (content.length != chosen.size()) {
            throw new ImageProblem(Stage.PULL, "manifest " + chosen.digest() + " has " + content.length + " bytes, the index says " + chosen.size() + " (" + index + ")",
                    "the registry is damaged or hostile");
        }
        return new RemoteRepository.Document(content, chosen.mediaType(), chosen.digest());
    }

    /** Of a document whose type says neither, the type is not looked at: registries send text/plain for what was pushed so. */
    static ImageDocument parsed(RemoteRepository.Document document, String what) {
        String type = MediaTypes.isIndex(document.mediaType()) || MediaTypes.isManifest(document.mediaType()) ? document.mediaType() : "";
        return ManifestParser.parse(document.content(), type, what);
    }

    /**
     * Fetches what is missing of some blobs.
     *
     * @param manifest the image that is unpacked meanwhile; null for none
     * @param config its configuration, which says what the layers are and so comes first; null for none
     * @param blobs in the order in which they are wanted, the same one as often as it likes
     */
    LocalImages.Incoming begin(@Nullable Digest manifest, @Nullable Descriptor config, List<Descriptor> blobs) {
        Map<Digest, Descriptor> wanted = new LinkedHashMap<>();
        if (config != null) {
            wanted.put(config.digest(), config);
        }
        blobs.forEach(l -> wanted.putIfAbsent(l.digest(), l));
        total = wanted.values().stream().mapToLong(Descriptor::size).sum();
        List<Descriptor> missing = new ArrayList<>();
        for (Descriptor blob : wanted.values()) {
            if (!store.has(blob.digest())) {
                missing.add(blob);
            } else if (store.size(blob.digest()) != blob.size()) {
                throw new ImageProblem(Stage.PULL, "blob " + blob.digest() + " has " + store.size(blob.digest()) + " bytes, its descriptor says " + blob.size(), "pull it again; if it stays so, the registry's content is damaged");
            } else {
                tell(blob, Phase.PRESENT, blob.size(), done.addAndGet(blob.size()));
            }
        }
        Downloads downloads = new Downloads(manifest, store, this::fetch);
        if (config != null && missing.remove(config)) {
            fetch(config, new Arrival(config.digest()));
        }
        downloads.begin(missing);
        return downloads;
    }

    private void fetch(Descriptor blob, Arrival arrival) {
        long[] progress = {0, 0};
        Digest digest = new BlobFetch(repository, store).run(blob, arrival, n -> {
            progress[0] += n;
            long all = done.addAndGet(n);
            if (progress[0] - progress[1] >= STEP) {
                progress[1] = progress[0];
                tell(blob, Phase.DOWNLOADING, progress[0], all);
            }
        });
        synchronized (added) { // also when another blob fails: what is here by then is taken back
            added.accept(digest);
        }
        tell(blob, Phase.VERIFIED, blob.size(), done.get());
        arrival.stored(); // who waits for it goes on when all that is told of it was told
    }

    private void tell(Descriptor blob, Phase phase, long of, long all) {
        listener.accept(new TransferProgress(name.toString(), blob.digest().toString(), phase, of, blob.size(), all, total));
    }
}
