package dev.caisson.registry.store;

import dev.caisson.ImageProblem;
import dev.caisson.registry.protocol.Code;
import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Fault;
import dev.caisson.registry.protocol.Manifest;
import dev.caisson.spi.ServedImages;
import java.io.IOException;
import java.time.Duration;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** An engine's images. What is pushed becomes one of them; deleting them is the engine's business. */
public final class EngineStore implements Store {
    private final ServedImages images;
    private final Uploads uploads;
    private final boolean readOnly;

    public EngineStore(ServedImages images, long largestBlob, boolean readOnly) {
        this.readOnly = readOnly;
        this.images = images;
        this.uploads = new Uploads(images.uploads(), largestBlob);
    }

    @Override
    public Repository repository(String name) {
        return new EngineRepository(images, name, !readOnly);
    }

    @Override
    public Uploads uploads() {
        return uploads;
    }

    @Override
    public TreeSet<String> repositories() {
        return new TreeSet<>(images.repositories());
    }

    @Override
    public void finish(Upload upload, Digest expected) throws IOException {
        try {
            upload.verify(expected);
            images.push(upload.repository(), expected.toString(), upload.file());
        } catch (ImageProblem e) {
            throw notTaken(e);
        } finally {
            uploads.remove(upload);
        }
    }

    @Override
    public boolean mount(Digest digest, String from, String to) {
        try {
            return images.mount(to, digest.toString(), from);
        } catch (ImageProblem e) {
            throw notTaken(e);
        }
    }

    @Override
    public void put(String name, Repository.Stored stored, Manifest manifest, @Nullable String tag) {
        try {
            require(name, manifest);
            images.push(name, stored.digest().toString(), new ServedImages.Document(stored.content(), manifest.mediaType()), tag);
        } catch (ImageProblem e) {
            throw notTaken(e);
        }
    }

    /** What the manifest names is kept from now on. */
    private void require(String name, Manifest manifest) {
        for (Digest blob : manifest.blobs()) {
            if (!images.mount(name, blob.toString(), name)) {
                throw new Fault(Code.MANIFEST_BLOB_UNKNOWN, "blob " + blob + " is not in " + name);
            }
        }
        for (Digest child : manifest.manifests()) {
            if (!images.lease(name, child.toString())) {
                throw new Fault(Code.MANIFEST_BLOB_UNKNOWN, "manifest " + child + " is not in " + name);
            }
        }
    }

    private static Fault notTaken(ImageProblem e) {
        return new Fault(Code.MANIFEST_INVALID, "the engine behind this registry does not take it: " + e.what());
    }

    @Override
    public boolean deleteTag(String name, String tag) {
        throw notHere();
    }

    @Override
    public boolean deleteManifest(String name, Digest digest) {
        throw notHere();
    }

    @Override
    public boolean deleteBlob(String name, Digest digest) {
        throw notHere();
    }

    private static Fault notHere() {
        return new Fault(Code.UNSUPPORTED, "these are an engine's images, which removes them itself");
    }

    @Override
    public long collect(Duration unusedFor) {
        return images.collect(unusedFor);
    }

    @Override
    public void tidy() {
        images.tidy();
    }

    @Override
    public void close() {
        images.close();
    }
}
