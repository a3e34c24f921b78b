package dev.caisson.registry.store;

import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Manifest;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What one repository of a directory has. Reading needs no lock; {@link DirectoryStore} says who may write when. */
final class DirectoryRepository implements Repository {
    private final Path directory;
    private final Path temporary;
    private final BlobFiles content;

    DirectoryRepository(Path directory, Path temporary, BlobFiles content) {
        this.directory = directory;
        this.temporary = temporary;
        this.content = content;
    }

    @Override
    public boolean exists() {
        return Files.isDirectory(directory.resolve("_manifests"));
    }

    boolean hasBlob(Digest digest) {
        return Files.exists(link("_blobs", digest)) && Files.exists(content.file(digest));
    }

    @Override
    public Optional<Blob> open(Digest digest) throws IOException {
        if (!hasBlob(digest)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new FileBlob(content.file(digest)));
        } catch (FileNotFoundException e) {
            return Optional.empty();
        }
    }

    @Override
    public void touch(Digest digest) throws IOException {
        try {
            Files.setLastModifiedTime(link("_blobs", digest), FileTime.from(Instant.now()));
        } catch (NoSuchFileException e) {
            // nothing to spare
        }
    }

    @Override
    public Optional<Stored> fetch(Digest digest) throws IOException {
        return manifest(digest);
    }

    @Override
    public Optional<Stored> manifest(Digest digest) throws IOException {
        try {
            String mediaType = Files.readString(link("_manifests", digest));
            return Optional.of(new Stored(Files.readAllBytes(content.file(digest)), mediaType, digest));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    boolean hasManifest(Digest digest) {
        return Files.exists(link("_manifests", digest));
    }

    @Override
    public Optional<Digest> tag(String tag) throws IOException {
        try {
            return Optional.of(Digest.parse(Files.readString(directory.resolve("_tags").resolve(tag))));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public TreeSet<String> tags() throws IOException {
        return names(directory.resolve("_tags"));
    }

    @Override
    public TreeSet<String> referrers(Digest subject) throws IOException {
        TreeSet<String> all = new TreeSet<>();
        names(link("_referrers", subject)).forEach(name -> all.add(name.replace('-', ':')));
        return all;
    }

    List<Digest> manifests() throws IOException {
        return links("_manifests");
    }

    List<Digest> blobs() throws IOException {
        return links("_blobs");
    }

    Instant linked(Digest blob) throws IOException {
        return Files.getLastModifiedTime(link("_blobs", blob)).toInstant();
    }

    void link(Digest blob) throws IOException {
        Durable.mark(link("_blobs", blob));
    }

    boolean unlink(Digest blob) throws IOException {
        return Durable.delete(link("_blobs", blob));
    }

    /** The content first, the tag last: nothing points to what is not there. */
    void put(Stored stored, Manifest manifest, @Nullable String tag) throws IOException {
        if (!Files.exists(content.file(stored.digest()))) {
            Durable.write(temporary, content.file(stored.digest()), stored.content());
        }
        Durable.write(temporary, link("_manifests", stored.digest()), manifest.mediaType().getBytes(StandardCharsets.UTF_8));
        if (manifest.subject() != null) {
            Durable.mark(referrer(manifest.subject(), stored.digest()));
        }
        if (tag != null) {
            Durable.write(temporary, directory.resolve("_tags").resolve(tag), stored.digest().toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    boolean deleteTag(String tag) throws IOException {
        return Durable.delete(directory.resolve("_tags").resolve(tag));
    }

    /** With its tags, which go first. */
    boolean deleteManifest(Digest digest, @Nullable Digest subject) throws IOException {
        for (String tag : tags()) {
            if (tag(tag).filter(digest::equals).isPresent()) {
                deleteTag(tag);
            }
        }
        boolean was = Durable.delete(link("_manifests", digest));
        if (subject != null) {
            Durable.delete(referrer(subject, digest));
        }
        return was;
    }

    private Path link(String kind, Digest digest) {
        return directory.resolve(kind).resolve(digest.algorithm()).resolve(digest.hex());
    }

    private Path referrer(Digest subject, Digest manifest) {
        return link("_referrers", subject).resolve(manifest.algorithm() + "-" + manifest.hex());
    }

    private List<Digest> links(String kind) throws IOException {
        List<Digest> all = new ArrayList<>();
        for (String algorithm : names(directory.resolve(kind))) {
            names(directory.resolve(kind).resolve(algorithm)).forEach(hex -> all.add(new Digest(algorithm, hex)));
        }
        return all;
    }

    static TreeSet<String> names(Path directory) throws IOException {
        TreeSet<String> all = new TreeSet<>();
        try (Stream<Path> entries = Files.list(directory)) {
            entries.forEach(e -> all.add(e.getFileName().toString()));
        } catch (NoSuchFileException e) {
            // there is nothing
        }
        return all;
    }
}
