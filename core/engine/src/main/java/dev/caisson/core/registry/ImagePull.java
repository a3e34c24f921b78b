package dev.caisson.core.registry;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.TransferProgress;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.image.ImageDocument;
import dev.caisson.core.image.ImageReference;
import dev.caisson.core.image.IndexWalk;
import dev.caisson.core.image.LocalImages;
import dev.caisson.core.image.Platform;
import dev.caisson.core.image.PlatformChoice;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code docker pull}: a name, an index, the manifest for this host, its configuration, and its layers, which are unpacked while they come. */
public final class ImagePull {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.pull");
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
        return run(name, name, OptionalLong.empty(), images.host(), listener);
    }

    /**
     * The same of another document, for another platform.
     *
     * @param fetched what is asked for: the name, or the digest that somebody has signed for it
     * @param size the first document's bytes, where they are signed with the digest
     */
    public ImageRecord run(ImageReference name, ImageReference fetched, OptionalLong size, Platform platform, Consumer<TransferProgress> listener) {
        RemoteRepository repository = registries.repository(fetched);
        RemoteRepository.Document first = first(repository, fetched, size);
        long from = System.nanoTime();
        ImageRecord record = images.add(name, (store, added) -> one(first, platform, 0, new Transfer(name, repository, store, added, listener)));
        LOG.info("pulled {}, {}, in {} ms", name, first.digest(), (System.nanoTime() - from) / 1_000_000);
        return record;
    }

    static RemoteRepository.Document first(RemoteRepository repository, ImageReference name, OptionalLong size) {
        Digest pinned = name.digest();
        RemoteRepository.Document first = repository.manifest(pinned != null ? pinned.toString() : String.valueOf(name.tag()), pinned);
        if (size.isPresent() && size.getAsLong() != first.content().length) {
            throw new ImageProblem(Stage.PULL, "manifest " + first.digest() + " of " + repository.what() + " has " + first.content().length + " bytes, " + size.getAsLong() + " are signed",
                    "its publisher has signed a wrong size; he has to sign it anew");
        }
        return first;
    }

    private LocalImages.Incoming one(RemoteRepository.Document document, Platform platform, int depth, Transfer transfer) {
        String what = "manifest " + document.digest() + " of " + transfer.repository().what();
        ImageDocument parsed = Transfer.parsed(document, what);
        if (parsed instanceof ImageDocument.Index index) {
            if (depth >= IndexWalk.DEPTH) {
                throw new ImageProblem(Stage.PULL, what + " is nested too deeply", "the registry is damaged or hostile");
            }
            return one(transfer.manifest(PlatformChoice.of(index.manifests(), platform, what), what), platform, depth + 1, transfer);
        }
        ImageDocument.Manifest manifest = (ImageDocument.Manifest) parsed;
        return transfer.begin(transfer.document(document), manifest.config(), manifest.layers());
    }
}
