package dev.caisson.registry.store;

import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Fault;
import dev.caisson.registry.protocol.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds and removes what no manifest needs. Nobody adds or removes meanwhile. */
final class Garbage {
    private static final Logger LOG = LoggerFactory.getLogger(Garbage.class);

    private final List<DirectoryRepository> repositories;
    private final BlobFiles blobs;
    private final Instant before;

    Garbage(List<DirectoryRepository> repositories, BlobFiles blobs, Duration unusedFor) {
        this.repositories = repositories;
        this.blobs = blobs;
        this.before = Instant.now().minus(unusedFor);
    }

    long collect() throws IOException {
        Set<Digest> kept = new HashSet<>();
        for (DirectoryRepository repository : repositories) {
            keep(repository, kept);
        }
        long freed = 0;
        for (Digest digest : blobs.list()) {
            if (!kept.contains(digest)) {
                Path file = blobs.file(digest);
                freed += Files.size(file);
                Durable.delete(file);
            }
        }
        return freed;
    }

    private void keep(DirectoryRepository repository, Set<Digest> kept) throws IOException {
        Set<Digest> needed = new HashSet<>();
        boolean readable = true;
        for (Digest digest : repository.manifests()) {
            kept.add(digest);
            try {
                repository.manifest(digest).ifPresent(s -> needed.addAll(Manifest.parse(s.content(), s.mediaType()).blobs()));
            } catch (Fault e) {
                LOG.warn("manifest {} cannot be read ({}); all blobs of its repository are kept", digest, e.getMessage());
                readable = false;
            }
        }
        for (Digest blob : repository.blobs()) {
            if (readable && !needed.contains(blob) && repository.linked(blob).isBefore(before)) {
                repository.unlink(blob);
            } else {
                kept.add(blob);
            }
        }
    }
}
