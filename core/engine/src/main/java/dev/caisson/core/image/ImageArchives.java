package dev.caisson.core.image;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.content.ImageStore;
import dev.caisson.core.content.IndexRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Images to and from files: OCI layouts, and what {@code docker save} writes. */
@SuppressWarnings("try")
final class ImageArchives {
    private final LocalImages images;
    private final ContentStore content;
    private final ImageStore store;
    private final ImageGarbage garbage;

    ImageArchives(LocalImages images, ContentStore content, ImageStore store, ImageGarbage garbage) {
        this.images = images;
        this.content = content;
        this.store = store;
        this.garbage = garbage;
    }

    /** What was loaded. */
    record Records(List<ImageRecord> images, List<IndexRecord> indexes) {}

    /** @param whole whether images for several platforms are kept with all of them, or this host's alone */
    Records load(Path archive, boolean whole) {
        return images.adding(added -> {
            try (ArchiveSource source = ArchiveSource.open(archive, content)) {
                Loaded loaded;
                if (OciLayout.is(source)) {
                    loaded = new OciLayout(source, added, images.host(), whole).load();
                } else if (DockerArchive.is(source)) {
                    loaded = new Loaded(new DockerArchive(source, content, added).load(), List.of());
                } else {
                    throw new ImageProblem(Stage.RESOLVE, archive + " is no image archive: it has neither index.json and oci-layout nor manifest.json",
                            "a plain tar of a root file system is imported by importRootfs()");
                }
                return named(loaded, added);
            }
        });
    }

    /** All are unpacked before the first is named. */
    private Records named(Loaded loaded, Added added) {
        List<ImageRecord> unpacked = loaded.images().stream().map(i -> images.unpack(i.manifest(), i.names(), added)).toList();
        List<Optional<ImageRecord>> hosts = loaded.indexes().stream().map(i -> Optional.ofNullable(i.host()).map(host -> images.unpack(host, i.names(), added))).toList();
        List<IndexRecord> indexes = new ArrayList<>();
        for (int i = 0; i < hosts.size(); i++) {
            Loaded.Several index = loaded.indexes().get(i);
            indexes.add(store.add(new IndexRecord(index.index(), index.names().stream().map(ImageReference::toString).toList(), index.images()), hosts.get(i).orElse(null)));
        }
        return new Records(unpacked.stream().map(store::add).toList(), indexes);
    }

    /** Writes a tar; see {@link LocalImages#save}. */
    void save(List<String> references, Path file) {
        try (ImageStore.Use use = store.use()) {
            new ImageSaver(content).save(saved(references), file);
        }
    }

    /** Writes into a directory; see {@link LocalImages#saveLayout}. */
    void saveLayout(List<String> references, Path directory) {
        try (ImageStore.Use use = store.use()) {
            new LayoutDirectory(content, directory).add(saved(references));
        }
    }

    private List<ImageSaver.Saved> saved(List<String> references) {
        if (references.isEmpty()) {
            throw new ImageProblem(Stage.RESOLVE, "saving no image", "name at least one");
        }
        return references.stream().map(this::saved).distinct().toList();
    }

    /** By the name of an index all of it, by an image's own name or id the image. */
    private ImageSaver.Saved saved(String reference) {
        Optional<IndexRecord> index = images.indexes().find(reference);
        Optional<ImageRecord> image = images.find(reference);
        ImageSaver.DockerImage docker = image.map(record -> new ImageSaver.DockerImage(record, images.manifest(record.manifest()))).orElse(null);
        if (index.isPresent()) {
            String type = ManifestParser.parse(content.read(index.get().index(), ManifestParser.LIMIT), "", "index " + index.get().index()).mediaType();
            return new ImageSaver.Saved(Descriptor.of(type, index.get().index(), content.size(index.get().index())), index.get().references(), garbage.blobsOf(index.get()), docker);
        }
        if (docker == null) {
            throw images.missing(reference, null);
        }
        ImageRecord record = docker.record();
        return new ImageSaver.Saved(Descriptor.of(docker.manifest().mediaType(), record.manifest(), content.size(record.manifest())), record.references(), garbage.blobsOf(record), docker);
    }
}
