package dev.caisson.core.image;

import dev.caisson.Image;
import dev.caisson.ImageDetails;
import dev.caisson.ImageDifference;
import dev.caisson.ImageFilter;
import dev.caisson.ImageProblem;
import dev.caisson.ImageUsage;
import dev.caisson.Nearest;
import dev.caisson.Pruned;
import dev.caisson.Stage;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.content.ImageStore;
import dev.caisson.core.content.IndexRecord;
import dev.caisson.core.image.ImageDocument.Manifest;
import dev.caisson.core.layer.DraftMounter;
import dev.caisson.core.layer.LayerLimits;
import dev.caisson.spi.storage.LayerId;
import dev.caisson.spi.storage.StorageDriver;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The images of one root directory: loaded, named, unpacked, saved, removed. Safe for several threads and JVMs: content is added under a shared lock and removed
 * under an exclusive one, so nothing vanishes from under an operation, and an operation that fails takes back what it added.
 */
@SuppressWarnings("try")
public final class LocalImages {
    private static final Predicate<LayerId> UNUSED = layer -> false;

    private final ContentStore content;
    private final ImageStore store;
    private final StorageDriver driver;
    private final Platform host;
    private final LayerChain chain;
    private final DraftMounter mounter;
    private final ImageGarbage garbage;
    private final ConfigCache configs;
    private final ImageIndexes indexes;
    private final Additions additions;
    private final ImageArchives archives;

    /**
     * @param content the blobs
     * @param store the records
     * @param driver where layers are unpacked
     * @param mounter mounts its drafts
     * @param arch Go's or the JVM's word for the processor whose images are chosen
     */
    public LocalImages(ContentStore content, ImageStore store, StorageDriver driver, DraftMounter mounter, String arch) {
        this(content, store, driver, mounter, arch, LayerLimits.DEFAULT);
    }

    /** With other limits for layers. */
    public LocalImages(ContentStore content, ImageStore store, StorageDriver driver, DraftMounter mounter, String arch, LayerLimits limits) {
        this.content = content;
        this.store = store;
        this.driver = driver;
        this.host = new Platform("linux", Platform.architecture(arch), "");
        this.mounter = mounter;
        this.chain = new LayerChain(content, driver, mounter, limits);
        this.indexes = new ImageIndexes(this, content, store);
        this.configs = new ConfigCache(content);
        this.garbage = new ImageGarbage(content, store, driver);
        this.additions = new Additions(content, store, garbage);
        this.archives = new ImageArchives(this, content, store, garbage);
    }

    /**
     * Loads an OCI layout (directory or tar) or a {@code docker save} archive, plain or compressed. Names in it move from other images to its own.
     *
     * @throws ImageProblem if it is malformed, hostile, or its digests do not agree; the stores are as before then
     */
    public List<ImageRecord> load(Path archive) {
        return archives.load(archive, false).images();
    }

    /** The same, but images for several platforms are kept whole. @return these; others that are in it are loaded too */
    public List<IndexRecord> loadAllPlatforms(Path archive) {
        return archives.load(archive, true).indexes();
    }

    /**
     * Makes an image of one layer from a tar of a root file system, as {@code docker import}.
     *
     * @param changes Dockerfile instructions, see {@link ImportChanges}
     * @throws ImageProblem if the tar is malformed or hostile, or a change cannot be understood
     */
    public ImageRecord importRootfs(Path tar, String reference, String... changes) {
        ImageReference name = tagged(reference);
        ImageConfig.Settings settings = ImportChanges.apply(List.of(changes));
        return adding(added -> {
            RootfsImport made = new RootfsImport(content, added, chain, host);
            return store.add(unpack(made.run(tar, settings), List.of(name), added));
        });
    }

    /** Brings an image's manifest, configuration and layers into the content store. */
    @FunctionalInterface
    public interface Fetch {
        /**
         * @param added is told of every blob that was not there before, so that it can be taken back if the operation fails
         * @return the image, its manifest and configuration in the store, its layers perhaps on their way
         */
        Incoming into(ContentStore content, Consumer<Digest> added);
    }

    /** An image whose layers can be read while they come. */
    public interface Incoming extends LayerSource {
        /** The digest of its manifest, which is in the store, as its configuration is. */
        Digest manifest();

        /** Waits until all its blobs are in the store. @throws RuntimeException why one does not come */
        void awaitAll();
    }

    /** Makes an image known that comes from elsewhere, as by a pull: fetches, unpacks and names it. If that fails the stores are as before. */
    public ImageRecord add(ImageReference name, Fetch fetch) {
        return adding(added -> {
            try (Incoming incoming = fetch.into(content, added.blobs::add)) {
                ImageRecord record = unpack(incoming.manifest(), List.of(name), added, incoming);
                incoming.awaitAll();
                return store.add(record);
            }
        });
    }

    /**
     * Makes an image of files, of another image, of both.
     *
     * @throws ImageProblem if the image it is built on is missing, or a file cannot be part of an image; the stores are as before then
     */
    ImageRecord make(String reference, ImageRecipe recipe) {
        ImageReference name = tagged(reference);
        return adding(added -> {
            ImageAssembly assembly = new ImageAssembly(content, added, recipe);
            Manifest below = recipe.base() == null ? null : manifest(get(recipe.base()).manifest());
            Digest made = assembly.run(below, below == null ? null : config(below), host);
            return store.add(unpack(made, List.of(name), added));
        });
    }

    /** Makes an image of one layer from a directory just as it is. @param changes Dockerfile instructions, see {@link ImportChanges} */
    public ImageRecord fromDirectory(Path directory, String reference, String... changes) {
        List<String> words = List.of(changes);
        ImportChanges.apply(words);
        return make(reference, new ImageRecipe(null, List.of(() -> List.of(new ExactTree(directory))),
                words.stream().<Consumer<SettingsDraft>>map(w -> draft -> ImportChanges.one(draft, w)).toList(), words, "", null, true));
    }

    /** What images are chosen for. */
    public Platform host() {
        return host;
    }

    /**
     * The image of a name, id or unambiguous prefix of an id, its layers unpacked if the driver does not have them (any more).
     *
     * @throws ImageProblem if there is none
     */
    public ResolvedImage resolve(String reference) {
        return adding(added -> {
            ImageRecord record = get(reference);
            Manifest manifest = manifest(record.manifest());
            ImageConfig config = config(manifest);
            List<LayerId> layers = chain.unpack(manifest, config, added.layers);
            return new ResolvedImage(ImageNames.shown(record, reference), record.manifest(), record.config(), config, layers);
        });
    }

    /** All images, newest first. */
    public List<ImageRecord> list() {
        return store.list().stream().sorted(Comparator.comparing(ImageRecord::created).reversed()).toList();
    }

    /** Those that a filter is passed by, newest first. */
    public List<ImageRecord> list(ImageFilter filter) {
        Predicate<ImageRecord> wanted = ImageSelection.of(filter, this::get, record -> config(record).settings().labels());
        return list().stream().filter(wanted).toList();
    }

    /** All that an image says of itself. @param shown the image as users see it */
    public ImageDetails inspect(String reference, Function<ImageRecord, Image> shown) {
        try (ImageStore.Use use = store.use()) {
            ImageRecord record = get(reference);
            Manifest manifest = manifest(record.manifest());
            return ImageInspection.of(shown.apply(record), config(manifest), manifest);
        }
    }

    /** Removes the images a filter is passed by, but for those that a container uses. @param inUse whether a container stands on a layer */
    public Pruned prune(ImageFilter filter, Predicate<LayerId> inUse) {
        try (ImageStore.Use all = store.collect()) {
            Predicate<ImageRecord> wanted = ImageSelection.of(filter, this::get, record -> config(record).settings().labels());
            return new Housekeeping(content, store, driver, garbage).prune(wanted, used(inUse));
        }
    }

    /**
     * Where the unpacked image is not what its layers say.
     *
     * @param scratch a directory with room for the image unpacked once more
     * @throws ImageProblem if there is no such image, or a stored layer is not what its digest says
     */
    public List<ImageDifference> verify(String reference, Path scratch) {
        ResolvedImage image = resolve(reference);
        try (ImageStore.Use use = store.use()) {
            Manifest manifest = manifest(image.digest());
            return new ImageVerification(chain, driver, mounter).run(manifest, config(manifest), scratch);
        }
    }

    /** What all images take on disk. @param containers how many of this engine stand on a layer */
    public ImageUsage usage(ToIntFunction<LayerId> containers) {
        try (ImageStore.Use use = store.use()) {
            return new Housekeeping(content, store, driver, garbage).usage(used(layer -> containers.applyAsInt(layer) > 0), containers);
        }
    }

    private Predicate<ImageRecord> used(Predicate<LayerId> inUse) {
        return record -> record.layers().stream().anyMatch(layer -> inUse.test(layer) || driver.user(layer).isPresent());
    }

    /** The image of a name, id or unambiguous prefix of an id. */
    public Optional<ImageRecord> find(String reference) {
        return ImageNames.find(store.list(), reference);
    }

    /** The configuration of an image that is here. */
    public ImageConfig config(ImageRecord record) {
        return configs.get(record.config());
    }

    /**
     * Gives an image a further name, which another image may lose.
     *
     * @throws ImageProblem if there is no such image, or the name has a digest
     */
    public ImageRecord tag(String source, String target) {
        ImageReference name = tagged(target);
        try (ImageStore.Use use = store.use()) {
            return store.add(get(source).named(List.of(name.toString())));
        }
    }

    /** Removes an image that no container uses; see the other form. */
    public void remove(String reference) {
        remove(reference, UNUSED);
    }

    /**
     * Removes a name, and with its last name the image; by id the image with all its names. Blobs and layers go when no image needs them.
     *
     * @param inUse whether a container stands on a layer
     * @throws ImageProblem if there is no such image, or a container uses it
     */
    public void remove(String reference, Predicate<LayerId> inUse) {
        try (ImageStore.Use all = store.collect()) {
            new ImageRemoval(store, driver, garbage).remove(reference, inUse, name -> missing(name, null));
        }
    }

    /**
     * Writes images as a tar that is both an OCI layout and an archive for {@code docker load}; the file appears when it is complete.
     *
     * @throws ImageProblem if one is not here
     * @throws dev.caisson.StorageProblem if the file cannot be written
     */
    public void save(List<String> references, Path file) {
        archives.save(references, file);
    }

    /** Writes images into the directory of an OCI layout. Errors as of {@link #save}. */
    public void saveLayout(List<String> references, Path directory) {
        archives.saveLayout(references, directory);
    }

    /**
     * Does something with an image and its blobs, none of which goes away meanwhile.
     *
     * @throws ImageProblem if there is no such image
     */
    public <T> T reading(String reference, java.util.function.BiFunction<ImageRecord, ContentStore, T> work) {
        try (ImageStore.Use use = store.use()) {
            return work.apply(get(reference), content);
        }
    }

    /** Removes blobs that no image needs and nobody has a lease of. @param waits for those who use content now, or else nothing is removed @return bytes freed */
    public long sweep(boolean waits) {
        Optional<ImageStore.Use> alone = waits ? Optional.of(store.collect()) : store.tryCollect();
        if (alone.isEmpty()) {
            return 0;
        }
        try (ImageStore.Use all = alone.get()) {
            return garbage.collect(List.of());
        }
    }

    /** The blobs; see {@link #reading}. */
    public ContentStore content() {
        return content;
    }

    /** The images for several platforms. */
    public ImageIndexes indexes() {
        return indexes;
    }

    ImageRecord get(String reference) {
        return ImageNames.find(store.list(), reference).orElseThrow(() -> missing(reference, null));
    }

    /** What an image that is not here comes to. @param why it could not be pulled either; null if nobody tried */
    public ImageProblem missing(String reference, @Nullable ImageProblem why) {
        String near = Nearest.to(ImageNames.nameOf(reference), store.list().stream().flatMap(r -> r.references().stream()).toList());
        Optional<IndexRecord> index = why == null ? indexes.find(reference) : Optional.empty();
        if (index.isPresent()) {
            return new ImageProblem(Stage.RESOLVE, "image " + ImageNames.nameOf(reference) + " has no image for " + host + "; it has "
                    + String.join(", ", index.get().images().stream().map(IndexRecord.Member::platform).distinct().toList()), "run it on another machine; it can be pushed and saved from here");
        }
        String what = "there is no image '" + reference + "' on this host" + (why == null ? "" : ", and pulling it failed: " + why.what());
        String other = why == null ? "load, import or pull it first" : why.remedy().isEmpty() ? "load or import it" : why.remedy();
        return new ImageProblem(why == null ? Stage.RESOLVE : why.stage(), what, near.isEmpty() ? other : "did you mean " + near + "? Else " + other, why);
    }

    /** What may be pulled: a name, not an id. */
    public static Optional<ImageReference> pullable(String reference) {
        return Digest.isDigest(reference) || reference.length() == 64 || reference.startsWith("sha256:") ? Optional.empty() : Optional.of(ImageReference.parse(reference));
    }

    ImageRecord unpack(Digest digest, List<ImageReference> names, Added added) {
        return unpack(digest, names, added, LayerSource.stored(content));
    }

    ImageRecord unpack(Digest digest, List<ImageReference> names, Added added, LayerSource source) {
        Manifest manifest = manifest(digest);
        ImageConfig config = config(manifest);
        if (!config.platform().os().equals("linux")) {
            throw new ImageProblem(Stage.RESOLVE, "image " + digest + " is for " + config.platform() + ", this host is " + host, "get the image for " + host);
        }
        List<LayerId> layers = chain.unpack(manifest, config, added.layers, source);
        return new ImageRecord(digest, manifest.config().digest(), names.stream().map(ImageReference::toString).toList(), config.created(),
                manifest.layerBytes(), config.platform().toString(), layers);
    }

    Manifest manifest(Digest digest) {
        if (ManifestParser.parse(content.read(digest, ManifestParser.LIMIT), "", "manifest " + digest) instanceof Manifest manifest) {
            return manifest;
        }
        throw new ImageProblem(Stage.RESOLVE, digest + " is an index, not an image", "give the digest of one of its platforms' images");
    }

    private ImageConfig config(Manifest manifest) {
        return configs.get(manifest.config().digest());
    }

    static ImageReference tagged(String text) {
        ImageReference name = ImageReference.parse(text);
        if (name.digest() != null) {
            throw new ImageProblem(Stage.RESOLVE, "'" + text + "' has a digest, and an image's digest is not for us to choose", "give a name with a tag");
        }
        return name;
    }

    /** Removes what operations left whose JVM died, unless another JVM is busy with the images: then a later one does it. */
    public void recover() {
        additions.recover();
    }

    /** Runs under the shared lock; what was added before a failure is taken back. */
    <T> T adding(Function<Added, T> operation) {
        return additions.run(operation);
    }
}
