package dev.caisson.core.registry;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.TransferProgress;
import dev.caisson.TransferProgress.Phase;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.image.Descriptor;
import dev.caisson.core.image.ImageDocument;
import dev.caisson.core.image.ImageReference;
import dev.caisson.core.image.LocalImages;
import dev.caisson.core.image.ManifestParser;
import dev.caisson.core.image.MediaTypes;
import dev.caisson.core.image.PlatformChoice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** {@code docker pull}: a name, an index, the manifest for this host, its configuration and layers, three at a time. */
public final class ImagePull {
    private static final int AT_ONCE = 3;
    private static final int DEPTH = 4;

    private final Registries registries;
    private final LocalImages images;

    public ImagePull(Registries registries, LocalImages images) {
        this.registries = registries;
        this.images = images;
    }

    /**
     * Fetches what is missing and names the image.
     *
     * @throws ImageProblem if it cannot be had, or is not what its digests say; the store is as before then
     */
    public ImageRecord run(ImageReference name, Consumer<TransferProgress> listener) {
        return run(name, OptionalLong.empty(), listener);
    }

    /** The same. @param size the first document's bytes, where somebody has signed them with its digest */
    public ImageRecord run(ImageReference name, OptionalLong size, Consumer<TransferProgress> listener) {
        RemoteRepository repository = registries.repository(name);
        Digest pinned = name.digest();
        RemoteRepository.Document first = repository.manifest(pinned != null ? pinned.toString() : String.valueOf(name.tag()), pinned);
        if (size.isPresent() && size.getAsLong() != first.content().length) {
            throw new ImageProblem(Stage.PULL, "manifest " + first.digest() + " of " + repository.what() + " has " + first.content().length + " bytes, " + size.getAsLong() + " are signed",
                    "its publisher has signed a wrong size; he has to sign it anew");
        }
        return images.add(name, (store, added) -> one(repository, first, 0, new Transfer(name, repository, store, added, listener)));
    }

    private Digest one(RemoteRepository repository, RemoteRepository.Document document, int depth, Transfer transfer) {
        String what = "manifest " + document.digest() + " of " + repository.what();
        String type = MediaTypes.isIndex(document.mediaType()) || MediaTypes.isManifest(document.mediaType()) ? document.mediaType() : "";
        ImageDocument parsed = ManifestParser.parse(document.content(), type, what);
        if (parsed instanceof ImageDocument.Index index) {
            if (depth >= DEPTH) {
                throw new ImageProblem(Stage.PULL, what + " is nested too deeply", "the registry is damaged or hostile");
            }
            Descriptor chosen = PlatformChoice.of(index.manifests(), images.host(), what);
            RemoteRepository.Document next = repository.manifest(chosen.digest().toString(), chosen.digest());
            if (next.content().length != chosen.size()) {
                throw new ImageProblem(Stage.PULL, "manifest " + chosen.digest() + " has " + next.content().length + " bytes, the index says " + chosen.size(),
                        "the registry is damaged or hostile");
            }
            return one(repository, new RemoteRepository.Document(next.content(), chosen.mediaType(), next.digest()), depth + 1, transfer);
        }
        transfer.blobs((ImageDocument.Manifest) parsed);
        return transfer.document(document);
    }

    /** The blobs of one image on their way. */
    private static final class Transfer {
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
                added.accept(store.put(document.content()));
            }
            return document.digest();
        }

        void blobs(ImageDocument.Manifest manifest) {
            Map<Digest, Descriptor> wanted = new LinkedHashMap<>(); // an image may have a layer twice
            wanted.put(manifest.config().digest(), manifest.config());
            manifest.layers().forEach(l -> wanted.putIfAbsent(l.digest(), l));
            total = wanted.values().stream().mapToLong(Descriptor::size).sum();
            List<Descriptor> missing = new ArrayList<>();
            for (Descriptor blob : wanted.values()) {
                if (!store.has(blob.digest())) {
                    missing.add(blob);
                } else if (store.size(blob.digest()) != blob.size()) {
                    throw new ImageProblem(Stage.PULL, "blob " + blob.digest() + " has " + store.size(blob.digest()) + " bytes, its descriptor says " + blob.size(), "");
                } else {
                    tell(blob, Phase.PRESENT, blob.size(), done.addAndGet(blob.size()));
                }
            }
            if (!missing.isEmpty()) {
                fetch(missing);
            }
        }

        private void fetch(List<Descriptor> missing) {
            Parallel.each(missing, AT_ONCE, "caisson-pull", Stage.PULL, "pulling " + name, this::fetch);
        }

        private void fetch(Descriptor blob) {
            long[] progress = {0, 0};
            Digest digest = new BlobFetch(repository, store).run(blob, n -> {
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
        }

        private void tell(Descriptor blob, Phase phase, long of, long all) {
            listener.accept(new TransferProgress(name.toString(), blob.digest().toString(), phase, of, blob.size(), all, total));
        }
    }
}
