package dev.caisson.registry.store;

import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Fault;
import dev.caisson.registry.protocol.Manifest;
import dev.caisson.spi.ServedImages;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.TreeSet;

/** What an engine's images show as one repository. */
final class EngineRepository implements Repository {
    private final ServedImages images;
    private final String name;
    private final boolean spares;

    /** @param spares whether what is asked after is kept for a push */
    EngineRepository(ServedImages images, String name, boolean spares) {
        this.spares = spares;
        this.images = images;
        this.name = name;
    }

    @Override
    public boolean exists() {
        return !images.manifests(name).isEmpty();
    }

    @Override
    public Optional<Blob> open(Digest digest) {
        return images.blob(name, digest.toString()).map(Open::new);
    }

    private record Open(ServedImages.Blob blob) implements Blob {
        @Override
        public long size() {
            return blob.size();
        }

        @Override
        public InputStream from(long first) throws IOException {
            return blob.open(first);
        }

        @Override
        public void close() {
            blob.close();
        }
    }

    @Override
    public void touch(Digest blob) {
        if (spares) {
            images.mount(name, blob.toString(), name);
        }
    }

    @Override
    public Optional<Stored> fetch(Digest digest) {
        images.lease(name, digest.toString());
        return manifest(digest);
    }

    @Override
    public Optional<Stored> manifest(Digest digest) {
        return images.manifest(name, digest.toString()).map(d -> new Stored(d.content(), d.mediaType(), digest));
    }

    @Override
    public Optional<Digest> tag(String tag) {
        return Optional.ofNullable(images.tags(name).get(tag)).map(Digest::parse);
    }

    @Override
    public TreeSet<String> tags() {
        return new TreeSet<>(images.tags(name).keySet());
    }

    @Override
    public TreeSet<String> referrers(Digest subject) {
        TreeSet<String> all = new TreeSet<>();
        for (String digest : images.manifests(name)) {
            manifest(Digest.parse(digest)).filter(stored -> about(stored, subject)).ifPresent(stored -> all.add(digest));
        }
        return all;
    }

    /** What this registry would not have taken names no subject that counts. */
    private static boolean about(Stored stored, Digest subject) {
        try {
            return subject.equals(Manifest.parse(stored.content(), stored.mediaType()).subject());
        } catch (Fault e) {
            return false;
        }
    }
}
