package dev.caisson.core.image;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.content.ImageStore;
import dev.caisson.core.content.IndexRecord;
import dev.caisson.core.image.ImageDocument.Manifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Images for several platforms, kept whole. The one for this host is an image like any other, under the same names. */
public final class ImageIndexes {
    private final LocalImages images;
    private final ContentStore content;
    private final ImageStore store;

    ImageIndexes(LocalImages images, ContentStore content, ImageStore store) {
        this.images = images;
        this.content = content;
        this.store = store;
    }

    /**
     * An index from elsewhere, its documents in the store, its blobs perhaps on their way.
     *
     * @param host the manifest for this host; null if it has none
     */
    public record Incoming(Digest index, List<IndexRecord.Member> images, @Nullable Digest host, LocalImages.Incoming blobs) {}

    /** Brings an index with all that it names into the content store. */
    @FunctionalInterface
    public interface Fetch {
        /** @param added is told of every blob that was not there before */
        Incoming into(ContentStore content, Consumer<Digest> added);
    }

    /** All of them. */
    public List<IndexRecord> list() {
        return store.records().indexes();
    }

    /** The index of a name. */
    public Optional<IndexRecord> find(String reference) {
        return store.records().index(ImageNames.nameOf(reference));
    }

    /** Makes an index known that comes from elsewhere. If that fails the stores are as before. */
    public IndexRecord add(List<ImageReference> names, Fetch fetch) {
        return images.adding(added -> {
            Incoming incoming = fetch.into(content, added.blobs::add);
            try (LocalImages.Incoming blobs = incoming.blobs()) {
                ImageRecord host = incoming.host() == null ? null : images.unpack(incoming.host(), names, added, blobs);
                blobs.awaitAll();
                return store.add(new IndexRecord(incoming.index(), names.stream().map(ImageReference::toString).toList(), incoming.images()), host);
            }
        });
    }

    /**
     * Makes an index of images that are here.
     *
     * @throws ImageProblem if one is not here, or two are for one platform
     */
    public IndexRecord create(String reference, List<String> members) {
        ImageReference name = LocalImages.tagged(reference);
        if (members.isEmpty()) {
            throw new ImageProblem(Stage.RESOLVE, "index " + name + " would name no image", "name at least one");
        }
        return images.adding(added -> {
            ObjectNode top = StrictJson.mapper().createObjectNode().put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_INDEX);
            ArrayNode manifests = top.putArray("manifests");
            List<IndexRecord.Member> all = new ArrayList<>();
            ImageRecord host = null;
            for (String member : members) {
                ImageRecord record = images.get(member);
                Platform platform = images.config(record).platform();
                if (all.stream().anyMatch(m -> m.platform().equals(platform.toString()))) {
                    throw new ImageProblem(Stage.RESOLVE, "index " + name + ": " + member + " is the second image for " + platform, "name one image for each platform");
                }
                Manifest manifest = images.manifest(record.manifest());
                ObjectNode described = DockerArchive.descriptor(manifests.addObject(), Descriptor.of(manifest.mediaType(), record.manifest(), content.size(record.manifest())))
                        .putObject("platform").put("architecture", platform.architecture()).put("os", platform.os());
                if (!platform.variant().isEmpty()) {
                    described.put("variant", platform.variant());
                }
                all.add(new IndexRecord.Member(record.manifest(), platform.toString(), manifest.config().size() + manifest.layerBytes()));
                host = images.host().runs(platform) ? record.named(List.of(name.toString())) : host;
            }
            return store.add(new IndexRecord(added.blob(DockerArchive.bytes(top)), List.of(name.toString()), all), host);
        });
    }

    /** Does something with an index and its blobs, none of which goes away meanwhile; empty if there is none of that name. */
    @SuppressWarnings("try")
    public <T> Optional<T> reading(String reference, Function<IndexRecord, T> work) {
        try (ImageStore.Use use = store.use()) {
            return find(reference).map(work);
        }
    }
}
