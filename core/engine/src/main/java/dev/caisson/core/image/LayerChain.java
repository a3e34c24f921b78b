package dev.caisson.core.image;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.layer.Compression;
import dev.caisson.core.layer.DraftMounter;
import dev.caisson.core.layer.DraftMounter.Mounted;
import dev.caisson.core.layer.Fault;
import dev.caisson.core.layer.LayerLimits;
import dev.caisson.core.layer.LayerUnpacker;
import dev.caisson.core.layer.Pieces;
import dev.caisson.core.layer.PlainInput;
import dev.caisson.core.layer.ReadAhead;
import dev.caisson.core.layer.ReadInPlace;
import dev.caisson.linux.SafeRoot;
import dev.caisson.spi.storage.IndependentDrafts;
import dev.caisson.spi.storage.LayerDraft;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.StorageDriver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Brings the layers of an image into the storage driver, each checked against its diffID before it is committed. */
public final class LayerChain {
    private final ContentStore content;
    private final StorageDriver driver;
    private final DraftMounter mounter;
    private final LayerLimits limits;

    public LayerChain(ContentStore content, StorageDriver driver, DraftMounter mounter, LayerLimits limits) {
        this.content = content;
        this.driver = driver;
        this.mounter = mounter;
        this.limits = limits;
    }

    /** The chainIDs of a list of diffIDs, lowest first (OCI image spec, config.md): each covers everything below it. */
    public static List<LayerId> ids(List<Digest> diffIds) {
        List<LayerId> chain = new ArrayList<>();
        for (Digest diffId : diffIds) {
            String id = chain.isEmpty() ? diffId.toString()
                    : Digest.of((chain.get(chain.size() - 1) + " " + diffId).getBytes(StandardCharsets.US_ASCII)).toString();
            chain.add(new LayerId(id));
        }
        return chain;
    }

    /** A layer that the driver does not have. */
    record Layer(Digest blob, Digest diffId, LayerId id, @Nullable LayerId parent) {}

    /** The same of blobs that are stored. */
    public List<LayerId> unpack(ImageDocument.Manifest manifest, ImageConfig config, java.util.Collection<LayerId> fresh) {
        return unpack(manifest, config, fresh, LayerSource.stored(content));
    }

    /**
     * Unpacks the layers that the driver does not have, several at once if it can.
     *
     * @param fresh gets the layers committed here, also when a later one fails
     * @param source where they come from; each is committed when its blob is stored
     * @throws ImageProblem if a layer is malformed or is not what its diffID says
     * @throws StorageProblem if the driver or the disk refuses
     */
    public List<LayerId> unpack(ImageDocument.Manifest manifest, ImageConfig config, java.util.Collection<LayerId> fresh, LayerSource source) {
        if (manifest.layers().size() != config.diffIds().size()) {
            throw new ImageProblem(Stage.UNPACK,
                    "the manifest has " + manifest.layers().size() + " layers, the configuration " + manifest.config().digest() + " has " + config.diffIds().size(),
                    "the image is damaged or hostile; make or pull it again");
        }
        List<LayerId> chain = ids(config.diffIds());
        List<Layer> missing = new ArrayList<>();
        for (int i = 0; i < chain.size(); i++) {
            if (!driver.has(chain.get(i))) {
                missing.add(new Layer(manifest.layers().get(i).digest(), config.diffIds().get(i), chain.get(i), i == 0 ? null : chain.get(i - 1)));
            }
        }
        if (driver instanceof IndependentDrafts ahead && missing.size() > 1) {
            new LayerCrew(driver, ahead, (layer, draft, busy) -> fill(layer, draft, source, busy), source).run(missing, fresh::add);
        } else {
            for (Layer layer : missing) {
                one(layer, source);
                fresh.add(layer.id());
            }
        }
        return chain;
    }

    /**
     * Unpacks all layers over each other into an empty directory, with deletions carried out.
     *
     * @throws ImageProblem if a stored layer is not what its digests say
     */
    void unpackInto(SafeRoot root, ImageDocument.Manifest manifest, ImageConfig config) {
        for (int i = 0; i < manifest.layers().size(); i++) {
            Digest blob = manifest.layers().get(i).digest();
            require(blob, config.diffIds().get(i), unpack(blob, root, LayerDraft.Whiteouts.REMOVE, LayerSource.stored(content), false));
        }
    }

    private static void require(Digest blob, Digest diffId, Digest actual) {
        if (!actual.equals(diffId)) {
            throw new ImageProblem(Stage.UNPACK, "layer " + blob + " unpacks to " + actual + ", the configuration says " + diffId,
                    "the image is damaged or hostile; make or pull it again");
        }
    }

    private void one(Layer layer, LayerSource source) {
        LayerDraft draft = driver.draft(layer.id(), layer.parent());
        try {
            fill(layer, draft, source, false);
            draft.commit();
        } catch (RuntimeException e) {
            abort(draft, e);
            throw e;
        }
    }

    /** @param busy whether every processor has a layer to fill */
    private void fill(Layer layer, LayerDraft draft, LayerSource source, boolean busy) {
        try {
            try (Mounted mounted = mounter.mount(draft.mounts())) {
                require(layer.blob(), layer.diffId(), unpack(layer.blob(), mounted.root(), draft.whiteouts(), source, busy));
            }
            source.await(layer.blob());
        } catch (RuntimeException e) {
            throw cause(layer, source, e);
        }
    }

    /** Of a blob that is not what its digest says, that is the failure, not what unpacking made of it. */
    private static RuntimeException cause(Layer layer, LayerSource source, RuntimeException unpacking) {
        try {
            source.await(layer.blob());
            return unpacking;
        } catch (RuntimeException e) {
            if (e != unpacking) {
                e.addSuppressed(unpacking);
            }
            return e;
        }
    }

    private Digest unpack(Digest blob, SafeRoot root, LayerDraft.Whiteouts whiteouts, LayerSource source, boolean busy) {
        Fault fault = new Fault("layer " + blob);
        MessageDigest hasher = Digest.hasher("sha256");
        try (Pieces plain = pieces(Compression.open(source.open(blob), limits, fault), hasher, busy)) {
            new LayerUnpacker(root, whiteouts, limits, fault).unpack(plain);
            if (plain.next() != null) {
                throw new IllegalStateException("a layer that was not read to its end");
            }
            return Digest.of("sha256", hasher.digest());
        } catch (IOException e) {
            throw new StorageProblem(Stage.UNPACK, "reading layer " + blob + ": " + e.getMessage(), "look at the disk below the engine's root: dmesg, df", e);
        }
    }

    /** Hashed by whoever inflates: of two threads the one that has less to do than the one that makes the files. */
    private static Pieces pieces(PlainInput plain, MessageDigest hasher, boolean busy) {
        return busy ? new ReadInPlace(plain, hasher::update) : new ReadAhead(plain, hasher::update);
    }

    /** The uncompressed digest of a blob. */
    Digest diffId(Digest blob) {
        MessageDigest hasher = Digest.hasher("sha256");
        try (InputStream stored = content.open(blob); InputStream plain = Compression.open(stored, limits, new Fault("layer " + blob))) {
            byte[] buffer = new byte[128 * 1024];
            for (int n = plain.read(buffer); n >= 0; n = plain.read(buffer)) {
                hasher.update(buffer, 0, n);
            }
            return Digest.of("sha256", hasher.digest());
        } catch (IOException e) {
            throw new StorageProblem(Stage.UNPACK, "reading layer " + blob + ": " + e.getMessage(), "look at the disk below the engine's root: dmesg, df", e);
        }
    }

    static void abort(LayerDraft draft, RuntimeException cause) {
        try {
            draft.abort();
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }
}
