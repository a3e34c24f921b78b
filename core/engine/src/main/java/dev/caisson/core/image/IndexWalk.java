package dev.caisson.core.image;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.IndexRecord;
import dev.caisson.core.image.ImageDocument.Index;
import dev.caisson.core.image.ImageDocument.Manifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Goes through an index and all that it names, wherever that comes from. */
public final class IndexWalk {
    /** Indexes may name indexes, but not deeper than this. */
    public static final int DEPTH = 4;
    /** Of one index and those it names: more are an attack. */
    private static final int MOST_DOCUMENTS = 256;

    private final String place;
    private final Platform wanted;
    private final Documents documents;
    private final List<IndexRecord.Member> members = new ArrayList<>();
    private final List<Descriptor> blobs = new ArrayList<>();
    private @Nullable Digest host;
    private @Nullable Descriptor config;
    private int count;

    private IndexWalk(String place, Platform wanted, Documents documents) {
        this.place = place;
        this.wanted = wanted;
        this.documents = documents;
    }

    /** Brings the manifests and indexes that are named into the store. */
    @FunctionalInterface
    public interface Documents {
        /**
         * @param named what it must be: verified when this returns
         * @param index who names it, for errors
         */
        byte[] bring(Descriptor named, String index);
    }

    /**
     * What there is.
     *
     * @param images in the index's order
     * @param blobs configurations and layers, those of the image for this host first
     * @param host the manifest of that image; null if it has none
     * @param config its configuration
     */
    public record Found(List<IndexRecord.Member> images, List<Descriptor> blobs, @Nullable Digest host, @Nullable Descriptor config) {}

    /**
     * Goes through it.
     *
     * @param what names the index in errors
     * @param place where it is, for errors
     * @throws ImageProblem if what it names is not what it says, or too much
     */
    public static Found of(Index index, String what, String place, Platform host, Documents documents) {
        IndexWalk walk = new IndexWalk(place, host, documents);
        walk.index(index, what, 0);
        return new Found(walk.members, walk.blobs, walk.host, walk.config);
    }

    private void index(Index index, String what, int depth) {
        if (depth >= DEPTH) {
            throw problem(what + " is nested too deeply");
        }
        Optional<Descriptor> choice = host == null ? PlatformChoice.find(index.manifests(), wanted) : Optional.empty();
        for (Descriptor member : index.manifests()) {
            if (++count > MOST_DOCUMENTS) {
                throw new ImageProblem(Stage.PULL, what + " names more than " + MOST_DOCUMENTS + " manifests", "get the image for one platform");
            }
            byte[] document = documents.bring(member, what);
            String which = "manifest " + member.digest() + " of " + place;
            if (MediaTypes.isIndex(member.mediaType())) {
                if (!(parsed(member, document, which) instanceof Index nested)) {
                    throw problem(which + " is no index, as " + what + " says it is");
                }
                index(nested, which, depth + 1);
            } else {
                manifest(member, document, which, choice.isPresent() && choice.get().equals(member));
            }
        }
    }

    /** Of what does not run here, be it an image or an attestation, only what it names matters. */
    private void manifest(Descriptor member, byte[] document, String which, boolean runsHere) {
        List<Descriptor> own = ManifestParser.references(document, which);
        if (own.stream().anyMatch(d -> MediaTypes.isIndex(d.mediaType()) || MediaTypes.isManifest(d.mediaType()))) {
            throw problem(which + " names manifests, and its descriptor says it is no index");
        }
        if (runsHere && host == null && parsed(member, document, which) instanceof Manifest manifest) {
            host = member.digest();
            config = manifest.config();
            blobs.addAll(0, own);
        } else {
            blobs.addAll(own);
        }
        members.add(new IndexRecord.Member(member.digest(), member.platform() == null ? "unknown/unknown" : member.platform().toString(),
                own.stream().mapToLong(Descriptor::size).sum()));
    }

    private static ImageDocument parsed(Descriptor member, byte[] document, String which) {
        boolean known = MediaTypes.isIndex(member.mediaType()) || MediaTypes.isManifest(member.mediaType());
        return ManifestParser.parse(document, known ? member.mediaType() : "", which);
    }

    private static ImageProblem problem(String what) {
        return new ImageProblem(Stage.PULL, what, "its source is damaged or hostile; get the image from somewhere else");
    }
}
