package dev.caisson.core.serve;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.Descriptor;
import dev.caisson.core.image.ImageDocument;
import dev.caisson.core.image.ImageIndexes;
import dev.caisson.core.image.ImageReference;
import dev.caisson.core.image.IndexWalk;
import dev.caisson.core.image.LayerSource;
import dev.caisson.core.image.LocalImages;
import dev.caisson.core.image.ManifestParser;
import dev.caisson.spi.ServedImages.Document;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** What is pushed to a registry becomes an image of its engine, when a tag names it. */
final class Pushes {
    private final LocalImages images;
    private final EngineImages.Unpacking unpacking;

    Pushes(LocalImages images, EngineImages.Unpacking unpacking) {
        this.images = images;
        this.unpacking = unpacking;
    }

    /** @throws ImageProblem if no image can be called so */
    String name(String repository) {
        return RepositoryNames.reference(repository).orElseThrow(() -> new ImageProblem(Stage.RESOLVE, "'" + repository + "' is no name for an image", "call it otherwise"));
    }

    /** Stores it. */
    void document(ContentStore content, Digest digest, Document document) {
        try {
            if (!content.has(digest)) {
                content.put(new ByteArrayInputStream(document.content()), digest, document.content().length);
            }
        } catch (IOException e) {
            throw new StorageProblem(Stage.PULL, "storing manifest " + digest + ": " + e.getMessage(), "look at the disk below the engine's root: dmesg, df", e);
        }
    }

    /** Unpacks and names it; all that it names is in the store. */
    void image(String name, String tag, Digest digest, Document document) {
        ImageReference reference = ImageReference.parse(name + ":" + tag);
        String what = "manifest " + digest + " of " + name;
        ImageDocument parsed = ManifestParser.parse(document.content(), document.mediaType(), what);
        unpacking.run(reference.toString(), () -> {
            if (parsed instanceof ImageDocument.Index index) {
                images.indexes().add(List.of(reference), (content, added) -> {
                    IndexWalk.Found found = IndexWalk.of(index, what, name, images.host(), (named, by) -> pushed(content, named, by));
                    document(content, digest, document);
                    added.accept(digest);
                    return new ImageIndexes.Incoming(digest, found.images(), found.host(), new Here(digest, LayerSource.stored(content)));
                });
            } else {
                images.add(reference, (content, added) -> {
                    document(content, digest, document);
                    added.accept(digest);
                    return new Here(digest, LayerSource.stored(content));
                });
            }
        });
    }

    private static byte[] pushed(ContentStore content, Descriptor named, String by) {
        byte[] document = content.read(named.digest(), ManifestParser.LIMIT);
        if (document.length != named.size()) {
            throw new ImageProblem(Stage.PULL, "manifest " + named.digest() + " has " + document.length + " bytes, the index says " + named.size() + " (" + by + ")", "push it again; whoever made the index has to make it anew");
        }
        return document;
    }

    /** An image whose layers are in the store. */
    private record Here(Digest manifest, LayerSource source) implements LocalImages.Incoming {
        @Override
        public InputStream open(Digest blob) {
            return source.open(blob);
        }

        @Override
        public void await(Digest blob) {
            source.await(blob);
        }

        @Override
        public void awaitAll() {}

        @Override
        public void giveUp(RuntimeException why) {
            source.giveUp(why);
        }

        @Override
        public void close() {
            source.close();
        }
    }
}
