package dev.caisson.core.serve;

import dev.caisson.StorageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.ImageStore;
import dev.caisson.core.image.DocumentTree;
import dev.caisson.core.image.LocalImages;
import dev.caisson.core.image.ManifestParser;
import dev.caisson.core.serve.LeaseBook.Key;
import dev.caisson.spi.ServedImages;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** See {@link ServedImages}. */
@SuppressWarnings("try")
public final class EngineImages implements ServedImages {
    private static final Duration FETCHED = Duration.ofMinutes(5);
    private static final Duration PUSHED = Duration.ofHours(1);

    private final LocalImages images;
    private final ContentStore content;
    private final ImageStore store;
    private final Path uploads;
    private final Pushes pushes;
    private final LeaseBook leases = new LeaseBook(System::nanoTime);
    private volatile @Nullable Known known;

    private record Known(ImageStore.Version version, Shelf shelf) {}

    /** Runs what unpacks, as the engine does it. */
    @FunctionalInterface
    public interface Unpacking {
        void run(String subject, Runnable work);
    }

    /** @param state a directory of the engine's own, which goes with it */
    public EngineImages(LocalImages images, ImageStore store, Path state, Unpacking unpacking) {
        this.images = images;
        this.content = images.content();
        this.store = store;
        this.pushes = new Pushes(images, unpacking);
        try {
            this.uploads = Files.createTempDirectory(state, "uploads-", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new StorageProblem(Stage.VALIDATE, "a registry cannot use " + state + ": " + e, "check the disk of the engine's root", e);
        }
    }

    private Shelf shelf() {
        ImageStore.Version version = store.version();
        Known before = known;
        if (before != null && before.version().equals(version)) {
            return before.shelf();
        }
        Shelf fresh = new Shelf(store.records());
        known = new Known(version, fresh);
        return fresh;
    }

    @Override
    public SortedSet<String> repositories() {
        return shelf().repositories();
    }

    @Override
    public SortedMap<String, String> tags(String repository) {
        return RepositoryNames.reference(repository).map(shelf()::tags).orElse(Collections.emptySortedMap());
    }

    @Override
    public Set<String> manifests(String repository) {
        return RepositoryNames.reference(repository).map(name -> Stream.concat(contents(name).documents().stream(), leases.documents(name).stream())
                .map(Digest::toString).collect(Collectors.toCollection(TreeSet::new))).orElse(new TreeSet<>());
    }

    private DocumentTree contents(String name) {
        return shelf().contents(name, content);
    }

    @Override
    public Optional<Document> manifest(String repository, String text) {
        Digest digest = Digest.parse(text);
        Optional<String> name = RepositoryNames.reference(repository);
        if (name.isEmpty() || !contents(name.get()).documents().contains(digest) && !leases.documents(name.get()).contains(digest)) {
            return Optional.empty();
        }
        try (ImageStore.Use use = store.use()) {
            if (!content.has(digest)) {
                return Optional.empty(); // removed a moment ago
            }
            byte[] document = content.read(digest, ManifestParser.LIMIT);
            return Optional.of(new Document(document, ManifestParser.mediaType(document, "manifest " + digest)));
        }
    }

    @Override
    public boolean lease(String repository, String text) {
        Digest digest = Digest.parse(text);
        Optional<String> name = RepositoryNames.reference(repository);
        if (name.isEmpty()) {
            return false;
        }
        Key key = new Key(name.get(), digest);
        if (leases.renew(key)) {
            return true;
        }
        try (ImageStore.Use use = store.use()) {
            if (!contents(key.name()).documents().contains(digest)) {
                return leases.covers(key.name(), digest);
            }
            hold(key, DocumentTree.of(content, digest), false);
            return true;
        }
    }

    /** To be called while nothing is removed. */
    private void hold(Key key, DocumentTree tree, boolean pushed) {
        leases.hold(key, tree, pushed, content.leases().take(tree.all()));
    }

    private boolean has(String name, Digest blob) {
        return leases.covers(name, blob) || contents(name).blobs().contains(blob);
    }

    @Override
    public Optional<Blob> blob(String repository, String text) {
        Digest digest = Digest.parse(text);
        Optional<String> name = RepositoryNames.reference(repository).filter(n -> has(n, digest));
        if (name.isEmpty()) {
            return Optional.empty();
        }
        try (ImageStore.Use use = store.use()) {
            return content.has(digest) ? Optional.of(new Open(content.size(digest), content.blob(digest), leases.sending(name.get(), digest))) : Optional.empty();
        }
    }

    /** Open, it is readable to its end; its leases keep what the client will ask for next. */
    private record Open(long size, ContentStore.Blob file, Runnable sent) implements Blob {
        @Override
        public InputStream open(long from) {
            return file.open(from);
        }

        @Override
        public void close() {
            file.close();
            sent.run();
        }
    }

    @Override
    public void tidy() {
        sweep(leases.expire(FETCHED, PUSHED), false);
    }

    @Override
    public long collect(Duration unusedFor) {
        return sweep(leases.expire(unusedFor, unusedFor), true);
    }

    /** What images have stays, and needs no looking for what may go. */
    private long sweep(List<Key> ended, boolean waits) {
        boolean loose = ended.stream().anyMatch(key -> {
            DocumentTree named = contents(key.name());
            return !named.documents().contains(key.digest()) && !named.blobs().contains(key.digest());
        });
        return loose ? images.sweep(waits) : 0;
    }

    @Override
    public Path uploads() {
        return uploads;
    }

    @Override
    public void push(String repository, String text, Path file) throws IOException {
        Digest digest = Digest.parse(text);
        String name = pushes.name(repository);
        try (ImageStore.Use use = store.use(); ContentStore.Operation under = content.operation(); InputStream in = Files.newInputStream(file)) {
            if (!content.has(digest)) {
                content.put(in, digest, Files.size(file));
            }
            hold(new Key(name, digest), DocumentTree.blob(digest), true);
        }
    }

    @Override
    public boolean mount(String repository, String text, String from) {
        Digest digest = Digest.parse(text);
        Optional<String> source = RepositoryNames.reference(from).filter(n -> has(n, digest));
        String name = pushes.name(repository);
        Key key = new Key(name, digest);
        if (source.isEmpty() || leases.renew(key)) {
            return source.isPresent();
        }
        try (ImageStore.Use use = store.use()) {
            if (!content.has(digest)) {
                return false;
            }
            hold(key, DocumentTree.blob(digest), true);
            return true;
        }
    }

    @Override
    public void push(String repository, String text, Document manifest, @Nullable String tag) {
        Digest digest = Digest.parse(text);
        String name = pushes.name(repository);
        if (tag != null) {
            pushes.image(name, tag, digest, manifest);
            leases.settled(name, DocumentTree.of(content, digest));
            return;
        }
        try (ImageStore.Use use = store.use(); ContentStore.Operation under = content.operation()) {
            pushes.document(content, digest, manifest);
            hold(new Key(name, digest), DocumentTree.of(content, digest), true);
        }
    }

    @Override
    public void close() {
        leases.close();
        try (Stream<Path> left = Files.list(uploads)) {
            for (Path file : left.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(uploads);
        } catch (NoSuchFileException e) {
            // the engine was closed before, and its directory went with it
        } catch (IOException e) {
            throw new StorageProblem(Stage.VALIDATE, "uploads in " + uploads + " cannot be removed: " + e, "the next engine of this root removes them", e);
        }
    }
}
