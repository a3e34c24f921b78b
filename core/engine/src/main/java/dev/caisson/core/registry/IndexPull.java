package dev.caisson.core.registry;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.TransferProgress;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.IndexRecord;
import dev.caisson.core.image.Descriptor;
import dev.caisson.core.image.ImageDocument;
import dev.caisson.core.image.ImageIndexes;
import dev.caisson.core.image.ImageReference;
import dev.caisson.core.image.LocalImages;
import dev.caisson.core.image.ManifestParser;
import dev.caisson.core.image.MediaTypes;
import dev.caisson.core.image.PlatformChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Pulls an index with all that it names, the image for this host first. */
public final class IndexPull {
    /** Of one index and those it names: more are an attack. */
    private static final int MOST_DOCUMENTS = 256;

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

    /** The same of a signed document; see {@link ImagePull}. */
    public IndexRecord run(ImageReference name, ImageReference fetched, OptionalLong size, Consumer<TransferProgress> listener) {
        RemoteRepository repository = registries.repository(fetched);
        RemoteRepository.Document first = ImagePull.first(repository, fetched, size);
        String what = "manifest " + first.digest() + " of " + repository.what();
        if (!(Transfer.parsed(first, what) instanceof ImageDocument.Index index)) {
            throw new ImageProblem(Stage.PULL, what + " is for one platform only", "pull(\"" + name.familiar() + "\") has all of it");
        }
        return images.indexes().add(name, (store, added) -> new Walk(new Transfer(name, repository, store, added, listener)).run(first, index, what));
    }

    private final class Walk {
        private final Transfer transfer;
        private final List<IndexRecord.Member> members = new ArrayList<>();
        private final List<Descriptor> blobs = new ArrayList<>();
        private @Nullable Digest host;
        private @Nullable Descriptor config;
        private int documents;

        Walk(Transfer transfer) {
            this.transfer = transfer;
        }

        ImageIndexes.Incoming run(RemoteRepository.Document first, ImageDocument.Index index, String what) {
            Digest digest = transfer.document(first);
            index(index, what, 0);
            return new ImageIndexes.Incoming(digest, members, host, transfer.begin(host, config, blobs));
        }

        private void index(ImageDocument.Index index, String what, int depth) {
            if (depth >= ImagePull.DEPTH) {
                throw new ImageProblem(Stage.PULL, what + " is nested too deeply", "the registry is damaged or hostile");
            }
            Optional<Descriptor> wanted = host == null ? PlatformChoice.find(index.manifests(), images.host()) : Optional.empty();
            for (Descriptor member : index.manifests()) {
                if (++documents > MOST_DOCUMENTS) {
                    throw new ImageProblem(Stage.PULL, what + " names more than " + MOST_DOCUMENTS + " manifests", "pull the image for one platform");
                }
                RemoteRepository.Document document = transfer.manifest(member, what);
                String which = "manifest " + member.digest() + " of " + transfer.repository().what();
                transfer.document(document);
                if (MediaTypes.isIndex(member.mediaType())) {
                    if (!(Transfer.parsed(document, which) instanceof ImageDocument.Index nested)) {
                        throw new ImageProblem(Stage.PULL, which + " is no index, as " + what + " says it is", "the registry is damaged or hostile");
                    }
                    index(nested, which, depth + 1);
                } else {
                    manifest(member, document, which, wanted.isPresent() && wanted.get().equals(member));
                }
            }
        }

        /** Of what does not run here, be it an image or an attestation, only what it names matters. */
        private void manifest(Descriptor member, RemoteRepository.Document document, String which, boolean runsHere) {
            List<Descriptor> own = ManifestParser.references(document.content(), which);
            if (own.stream().anyMatch(d -> MediaTypes.isIndex(d.mediaType()) || MediaTypes.isManifest(d.mediaType()))) {
                throw new ImageProblem(Stage.PULL, which + " names manifests, and its descriptor says it is no index", "the registry is damaged or hostile");
            }
            if (runsHere && host == null && Transfer.parsed(document, which) instanceof ImageDocument.Manifest manifest) {
                host = document.digest();
                config = manifest.config();
                blobs.addAll(0, own);
            } else {
                blobs.addAll(own);
            }
            members.add(new IndexRecord.Member(document.digest(), member.platform() == null ? "unknown/unknown" : member.platform().toString(),
                    own.stream().mapToLong(Descriptor::size).sum()));
        }
    }
}
