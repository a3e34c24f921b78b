package dev.caisson.core.registry;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.TransferProgress;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.IndexRecord;
import dev.caisson.core.image.ImageDocument;
import dev.caisson.core.image.ImageIndexes;
import dev.caisson.core.image.ImageReference;
import dev.caisson.core.image.IndexWalk;
import dev.caisson.core.image.LocalImages;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** Pulls an index with all that it names, the image for this host first. */
public final class IndexPull {
    private final Registries registries;
    private final LocalImages images;

    public IndexPull(Registries registries, LocalImages images) {
        this.registries = registries;
        this.images = images;
    }

    /**
     * Fetches what is missing and names the index, and the image for this host if it has one.
     *
     * @throws ImageProblem if it is no index, cannot be had, or is not what its digests say; the store is as before then
     */
    public IndexRecord run(ImageReference name, Consumer<TransferProgress> listener) {
        return run(name, name, OptionalLong.empty(), listener);
    }

    /** The same of a signed document; see {@link ImagePull}. It is called by its digest too, as who starts it with content trust on looks for that. */
    public IndexRecord run(ImageReference name, ImageReference fetched, OptionalLong size, Consumer<TransferProgress> listener) {
        RemoteRepository repository = registries.repository(fetched);
        RemoteRepository.Document first = ImagePull.first(repository, fetched, size);
        String what = "manifest " + first.digest() + " of " + repository.what();
        if (!(Transfer.parsed(first, what) instanceof ImageDocument.Index index)) {
            throw new ImageProblem(Stage.PULL, what + " is for one platform only", "pull(\"" + name.familiar() + "\") has all of it");
        }
        return images.indexes().add(name.equals(fetched) ? List.of(name) : List.of(name, fetched), (store, added) -> {
            Transfer transfer = new Transfer(name, repository, store, added, listener);
            Digest digest = transfer.document(first);
            IndexWalk.Found found = IndexWalk.of(index, what, repository.what(), images.host(), (named, by) -> {
                RemoteRepository.Document document = transfer.manifest(named, by);
                transfer.document(document);
                return document.content();
            });
            return new ImageIndexes.Incoming(digest, found.images(), found.host(), transfer.begin(found.host(), found.config(), found.blobs()));
        });
    }
}
