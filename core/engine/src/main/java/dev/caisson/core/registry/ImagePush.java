package dev.caisson.core.registry;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.TransferProgress;
import dev.caisson.TransferProgress.Phase;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.Descriptor;
import dev.caisson.core.image.ImageReference;
import dev.caisson.core.image.LocalImages;
import dev.caisson.core.image.ManifestParser;
import dev.caisson.core.image.MediaTypes;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** {@code docker push}: the blobs a registry does not have, three at a time, when all are there the manifest, and of an index the manifests first: the last one makes the tag. */
public final class ImagePush {
    private static final int AT_ONCE = 3;
    private static final long STEP = 256 << 10;

    private final Registries registries;
    private final LocalImages images;

    public ImagePush(Registries registries, LocalImages images) {
        this.registries = registries;
        this.images = images;
    }

    /**
     * Pushes the image of a name that is on this host.
     *
     * @return the manifest's digest, by which the image can be pulled anywhere
     * @throws ImageProblem if there is no such image, or the registry does not take it; a tag there is as before then
     */
    public Digest run(ImageReference name, Consumer<TransferProgress> listener) {
        if (name.digest() != null) {
            throw new ImageProblem(Stage.PUSH, "'" + name + "' has a digest; a push gives a tag", "push a name with a tag; the digest is the answer");
        }
        return images.indexes().reading(name.toString(), index -> new One(name, index.references(), listener).push(index.index(), String.valueOf(name.tag())))
                .orElseGet(() -> images.reading(name.toString(), (record, content) -> new One(name, record.references(), listener).push(record.manifest(), String.valueOf(name.tag()))));
    }

    /** One push: an index after the manifests it names, a manifest after its blobs. */
    private final class One {
        private final ImageReference name;
        private final Consumer<TransferProgress> listener;
        private final Endpoint endpoint;
        private final Requests requests = registries.requests();
        private final BlobPush blobs;

        One(ImageReference name, List<String> references, Consumer<TransferProgress> listener) {
            this.name = name;
            this.listener = listener;
            this.endpoint = registries.itself(name.domain());
            this.blobs = new BlobPush(endpoint, requests, name.path(), images.content(), others(name, references));
        }

        /** @param as the tag, or the digest of what an index names */
        Digest push(Digest digest, String as) {
            byte[] document = images.content().read(digest, ManifestParser.LIMIT);
            List<Descriptor> named = ManifestParser.references(document, "manifest " + digest);
            Map<Digest, Descriptor> wanted = new LinkedHashMap<>(); // an image may have a layer twice
            for (Descriptor one : named) {
                if (MediaTypes.isIndex(one.mediaType()) || MediaTypes.isManifest(one.mediaType())) {
                    push(one.digest(), one.digest().toString());
                } else {
                    wanted.putIfAbsent(one.digest(), one);
                }
            }
            Transfer transfer = new Transfer(name, blobs, listener, wanted.values().stream().mapToLong(Descriptor::size).sum());
            Parallel.each(new ArrayList<>(wanted.values()), AT_ONCE, "caisson-push", Stage.PUSH, "pushing " + name, transfer::send);
            put(document, ManifestParser.mediaType(document, "manifest " + digest), digest, as);
            return digest;
        }

        private void put(byte[] document, String type, Digest digest, String as) {
            Ask ask = Ask.push("PUT", "repository:" + name.path() + ":pull,push", Map.of("Content-Type", type), () -> BodyPublishers.ofByteArray(document), document.length);
            try (Response response = requests.send(endpoint, "/v2/" + name.path() + "/manifests/" + as, ask)) {
                if (response.status() != 201 && response.status() != 200) {
                    throw Refusal.ofPush(endpoint, response, "the manifest of " + name);
                }
                String stored = response.header("Docker-Content-Digest");
                if (!stored.isEmpty() && !stored.equals(digest.toString())) {
                    throw new ImageProblem(Stage.PUSH, "registry " + endpoint.host() + " says that it stored " + stored.replaceAll("\\p{Cntrl}", "?") + " for " + name + ", which is "
                            + digest, "the registry is damaged, or changes what it is given");
                }
                if (response.header("OCI-Subject").isEmpty()) {
                    new ReferrersTag(endpoint, requests, name.path()).enter(document, type, digest);
                }
            } catch (IOException e) {
                throw Requests.unreachable(Stage.PUSH, endpoint, e);
            }
        }
    }

    /** Repositories of the same registry that this image has come from or gone to, as far as its names tell. */
    private static List<String> others(ImageReference name, List<String> references) {
        return references.stream().map(ImageReference::parse).filter(r -> r.domain().equals(name.domain()) && !r.path().equals(name.path()))
                .map(ImageReference::path).distinct().toList();
    }

    /** The blobs of one image on their way. */
    private static final class Transfer {
        private final ImageReference name;
        private final BlobPush push;
        private final Consumer<TransferProgress> listener;
        private final AtomicLong done = new AtomicLong();
        private final long total;

        Transfer(ImageReference name, BlobPush push, Consumer<TransferProgress> listener, long total) {
            this.name = name;
            this.push = push;
            this.listener = listener;
            this.total = total;
        }

        void send(Descriptor blob) {
            long[] progress = {0, 0};
            boolean sent = push.run(blob, n -> {
                progress[0] = Math.min(blob.size(), progress[0] + n); // a second try sends again
                if (progress[0] - progress[1] >= STEP) {
                    progress[1] = progress[0];
                    tell(blob, Phase.UPLOADING, progress[0], Math.min(total, done.get() + progress[0]));
                }
            });
            tell(blob, sent ? Phase.UPLOADED : Phase.PRESENT, blob.size(), done.addAndGet(blob.size()));
        }

        private void tell(Descriptor blob, Phase phase, long of, long all) {
            listener.accept(new TransferProgress(name.toString(), blob.digest().toString(), phase, of, blob.size(), all, total));
        }
    }
}
