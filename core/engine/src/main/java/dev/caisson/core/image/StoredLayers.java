package dev.caisson.core.image;

import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.Ingest;
import dev.caisson.core.layer.Compression;
import dev.caisson.core.layer.Fault;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.zip.GZIPOutputStream;

/** Layers as blobs. */
final class StoredLayers {
    private static final int BUFFER = 64 * 1024;

    private StoredLayers() {}

    /** A layer that was made here. */
    record Made(Descriptor descriptor, Digest diffId) {}

    /** How a stored layer is compressed, told from its bytes. */
    static Compression compression(ContentStore content, Digest layer) {
        try (InputStream in = new BufferedInputStream(content.open(layer))) {
            return Compression.detect(in, new Fault("layer " + layer));
        } catch (IOException e) {
            throw new StorageProblem(Stage.RESOLVE, "reading layer " + layer + ": " + e.getMessage(), "look at the disk below the engine's root: dmesg, df", e);
        }
    }

    /** Packs, compresses by gzip and stores in one go. The same content gives the same digests with the same JDK. */
    static Made write(ContentStore content, Added added, LayerContent layer) {
        MessageDigest plain = Digest.hasher("sha256");
        try (Ingest blob = content.begin()) {
            try (OutputStream out = new DigestOutputStream(new GZIPOutputStream(into(blob), BUFFER), plain)) {
                layer.write(out);
            }
            Digest digest = blob.commit();
            added.blobs.add(digest);
            return new Made(Descriptor.of(MediaTypes.OCI_LAYER + Compression.GZIP.mediaTypeSuffix(), digest, blob.size()), Digest.of("sha256", plain.digest()));
        } catch (IOException e) {
            throw new StorageProblem(Stage.UNPACK, "packing a layer (" + layer.madeBy() + "): " + e, "look at the disk below the engine's root: dmesg, df", e);
        }
    }

    private static OutputStream into(Ingest blob) {
        return new OutputStream() {
            @Override
            public void write(int b) {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] data, int offset, int length) {
                blob.write(data, offset, length);
            }
        };
    }
}
