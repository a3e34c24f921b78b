package dev.caisson.core.image;

import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A manifest or index, and all that it names and that those name.
 *
 * @param documents manifests and indexes
 * @param blobs configurations and layers
 */
public record DocumentTree(Set<Digest> documents, Set<Digest> blobs) {
    /** Indexes may name indexes; a pull refuses deeper ones. */
    private static final int DEPTH = 6;

    /** What the store has of it is read; what it has not, or what is deeper than a pull takes, is named all the same. */
    public static DocumentTree of(ContentStore content, Digest document) {
        DocumentTree tree = new DocumentTree(new LinkedHashSet<>(), new LinkedHashSet<>());
        tree.add(content, document, 0);
        return tree;
    }

    /** Several. */
    public static DocumentTree of(ContentStore content, Collection<Digest> documents) {
        DocumentTree tree = new DocumentTree(new LinkedHashSet<>(), new LinkedHashSet<>());
        documents.forEach(document -> tree.add(content, document, 0));
        return tree;
    }

    /** A blob that no document names yet. */
    public static DocumentTree blob(Digest digest) {
        return new DocumentTree(Set.of(), Set.of(digest));
    }

    private void add(ContentStore content, Digest document, int depth) {
        if (!documents.add(document) || depth >= DEPTH || !content.has(document)) {
            return;
        }
        for (Descriptor named : ManifestParser.references(content.read(document, ManifestParser.LIMIT), "manifest " + document)) {
            if (MediaTypes.isIndex(named.mediaType()) || MediaTypes.isManifest(named.mediaType())) {
                add(content, named.digest(), depth + 1);
            } else {
                blobs.add(named.digest());
            }
        }
    }

    /** Both. */
    public Set<Digest> all() {
        Set<Digest> all = new HashSet<>(documents);
        all.addAll(blobs);
        return all;
    }
}
