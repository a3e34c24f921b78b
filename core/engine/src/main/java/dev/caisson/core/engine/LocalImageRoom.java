package dev.caisson.core.engine;

import dev.caisson.CommitOptions;
import dev.caisson.ContentTrust;
import dev.caisson.EngineProblem;
import dev.caisson.Event;
import dev.caisson.HealthCheck;
import dev.caisson.Image;
import dev.caisson.ImageBuilder;
import dev.caisson.ImageDetails;
import dev.caisson.ImageDifference;
import dev.caisson.ImageFilter;
import dev.caisson.ImageIndex;
import dev.caisson.ImageLimits;
import dev.caisson.ImageProblem;
import dev.caisson.ImageTrust;
import dev.caisson.ImageUsage;
import dev.caisson.Images;
import dev.caisson.Pruned;
import dev.caisson.PullPolicy;
import dev.caisson.RootSource;
import dev.caisson.Stage;
import dev.caisson.TransferProgress;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.content.ImageRecord;
import dev.caisson.core.content.ImageStore;
import dev.caisson.core.content.IndexRecord;
import dev.caisson.core.image.Commit;
import dev.caisson.core.image.ImageConfig;
import dev.caisson.core.image.ImageDraft;
import dev.caisson.core.image.ImageReference;
import dev.caisson.core.image.LocalImages;
import dev.caisson.core.image.Platform;
import dev.caisson.core.image.ResolvedImage;
import dev.caisson.core.layer.LayerLimits;
import dev.caisson.core.registry.ImagePull;
import dev.caisson.core.registry.ImagePush;
import dev.caisson.core.registry.IndexPull;
import dev.caisson.core.registry.Registries;
import dev.caisson.core.rootfs.DraftMounts;
import dev.caisson.core.serve.EngineImages;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.spi.ServedImages;
import dev.caisson.spi.storage.LayerId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** The images of an engine's root, opened at their first use: an engine that only runs directories needs no store. */
final class LocalImageRoom implements ImageSource, Images, ServedImages.Source, AutoCloseable {
    private final EngineHome home;
    private final Drivers drivers;
    private final List<Consumer<Event>> listeners;
    private final ToIntFunction<LayerId> containers;
    private final LayerLimits limits;
    private final Registries registries;
    private final TrustGate trust;
    private final Powers powers;
    private final Emulators emulators = new Emulators(Emulators.BINFMT);
    private @Nullable ContentStore content;
    private @Nullable ImageStore store;
    private @Nullable LocalImages images;
    /** What references came to, so that a start reads and parses nothing; valid for one version of the records. */
    private final Map<String, Cached> resolved = new ConcurrentHashMap<>();

    private final Map<String, ReentrantLock> pulls = new ConcurrentHashMap<>();

    private record Cached(ImageStore.Version version, Resolved image) {}

    private volatile boolean closed;

    /** @param containers how many stand on a layer */
    LocalImageRoom(EngineHome home, Drivers drivers, List<Consumer<Event>> listeners, ToIntFunction<LayerId> containers, Registries registries,
            TrustGate trust, Powers powers, ImageLimits limits) {
        this.home = home;
        this.drivers = drivers;
        this.listeners = listeners;
        this.containers = containers;
        this.registries = registries;
        this.trust = trust;
        this.powers = powers;
        this.limits = LayerLimits.of(limits);
    }

    private synchronized LocalImages local() {
        if (closed) {
            throw new EngineProblem(Stage.VALIDATE, "this engine is closed", "open another with Engine.builder()");
        }
        LocalImages open = images;
        if (open == null) {
            ContentStore blobs = ContentStore.open(home.root().resolve("content"));
            content = blobs;
            String arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
            store = ImageStore.open(home.root().resolve("images"));
            open = new LocalImages(blobs, store, drivers.storage(), DraftMounts::mount, arch, limits);
            open.recover();
            images = open;
        }
        return open;
    }

    @Override
    public RootSource.Image ensure(RootSource.Image wanted) {
        Optional<Platform> platform = wanted.platform().isEmpty() ? Optional.empty() : Optional.of(Platform.parse(wanted.platform()));
        platform.ifPresent(p -> emulators.require("platform " + p, p, local().host()));
        Optional<TrustGate.Pinned> signed = signed(wanted.reference());
        String reference = signed.map(s -> s.name().toString()).orElse(wanted.reference());
        RootSource.Image found = new RootSource.Image(reference, wanted.pull(), wanted.platform());
        boolean always = wanted.pull() == PullPolicy.ALWAYS;
        ImageReference name = always || wanted.pull() == PullPolicy.MISSING && missing(reference, platform) ? LocalImages.pullable(reference).orElse(null) : null;
        if (name != null) { // else it is here, or an id, which is here or nowhere
            ReentrantLock pull = pulls.computeIfAbsent(name.toString(), k -> new ReentrantLock()); // many starts of one image pull it once
            try {
                pull.lockInterruptibly();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ImageProblem(Stage.PULL, "interrupted while " + name + " is being pulled by another start", "", e);
            }
            try {
                if (always || missing(reference, platform)) {
                    pulled(name, signed, platform.orElse(local().host()), always);
                }
            } finally {
                pull.unlock();
            }
        }
        platform.ifPresent(p -> local().find(reference).filter(record -> !p.runs(local().config(record).platform())).ifPresent(record -> {
            throw new ImageProblem(Stage.RESOLVE, "image " + wanted.reference() + " is here for " + record.platform() + ", and platform(\"" + p + "\") is asked for",
                    "let it be pulled, with PullPolicy.MISSING or ALWAYS, or leave the platform out");
        }));
        return found;
    }

    /** What content trust makes of a tag; empty where it has no say. */
    private Optional<TrustGate.Pinned> signed(String reference) {
        Optional<ImageReference> tag = trust.standard().enabled() ? LocalImages.pullable(reference) : Optional.empty();
        return tag.flatMap(name -> told(name.toString(), Stage.RESOLVE, () -> trust.pinned(name, trust.standard())));
    }

    /** What was resolved before is not looked for in the list: a start reads nothing. */
    private boolean missing(String reference, Optional<Platform> platform) {
        LocalImages local = local();
        if (platform.isPresent()) {
            return local.find(reference).filter(record -> platform.get().runs(local.config(record).platform())).isEmpty();
        }
        Cached cached = resolved.get(reference);
        return (cached == null || !cached.version().equals(Objects.requireNonNull(store).version())) && local.find(reference).isEmpty();
    }

    private void pulled(ImageReference name, Optional<TrustGate.Pinned> signed, Platform platform, boolean always) {
        try {
            told(name.toString(), Stage.PULL, () -> fetch(name, signed, platform, progress -> { }));
        } catch (ImageProblem e) {
            throw always ? e : local().missing(name.toString(), e);
        }
    }

    @Override
    public Resolved resolve(String reference) {
        LocalImages local = local();
        ImageStore.Version version = Objects.requireNonNull(store).version();
        Cached cached = resolved.get(reference);
        if (cached != null && cached.version().equals(version) && (cached.image().top() == null || drivers.storage().has(cached.image().top()))) {
            return cached.image();
        }
        ResolvedImage image = local.resolve(reference);
        emulators.require("image " + image.reference(), image.config().platform(), local.host());
        ImageConfig.Settings s = image.config().settings();
        Resolved fresh = new Resolved(new ImageDefaults(s.entrypoint() == null ? List.of() : s.entrypoint(), s.cmd() == null ? List.of() : s.cmd(), s.env(),
                s.workingDir(), s.user(), s.stopSignal(), s.volumes(), image.configDigest().toString(), image.reference(), s.exposedPorts(), health(s), s.shell() == null ? List.of() : s.shell()),
                image.top());
        resolved.put(reference, new Cached(version, fresh));
        return fresh;
    }

    private static HealthCheck health(ImageConfig.Settings settings) {
        ImageConfig.Healthcheck h = settings.healthcheck();
        return h == null ? HealthCheck.OF_IMAGE : new HealthCheck(h.test(), Duration.ofNanos(h.interval()), Duration.ofNanos(h.timeout()),
                Duration.ofNanos(h.startPeriod()), Duration.ofNanos(h.startInterval()), (int) Math.min(Integer.MAX_VALUE, Math.max(0, h.retries())));
    }

    @Override
    public List<Image> load(Path archive) {
        return told(archive.toString(), Stage.UNPACK, () -> local().load(archive).stream().map(this::image).toList());
    }

    @Override
    public List<ImageIndex> loadAllPlatforms(Path archive) {
        return told(archive.toString(), Stage.UNPACK, () -> local().loadAllPlatforms(archive).stream().map(LocalImageRoom::index).toList());
    }

    @Override
    public Image importRootfs(Path tar, String reference, String... changes) {
        return told(reference, Stage.UNPACK, () -> image(local().importRootfs(tar, reference, changes)));
    }

    @Override
    public Image pull(String reference, Consumer<TransferProgress> progress) {
        return pull(reference, trust.standard(), progress);
    }

    @Override
    public Image pull(String reference, ContentTrust trusting, Consumer<TransferProgress> progress) {
        ImageReference name = ImageReference.parse(reference);
        Optional<TrustGate.Pinned> signed = signed(name, trusting);
        return told(name.toString(), Stage.PULL, () -> image(fetch(name, signed, local().host(), progress)));
    }

    /** What is signed comes by its digest, and gets its tag when it is here. */
    private ImageRecord fetch(ImageReference name, Optional<TrustGate.Pinned> signed, Platform platform, Consumer<TransferProgress> progress) {
        ImagePull pull = new ImagePull(registries, local());
        if (signed.isEmpty()) {
            return pull.run(name, name, OptionalLong.empty(), platform, progress);
        }
        TrustGate.Pinned target = signed.get();
        pull.run(target.name(), target.name(), OptionalLong.of(target.size()), platform, progress);
        return local().tag(target.name().toString(), target.tag().toString());
    }

    @Override
    public ImageTrust trust(String reference) {
        ImageReference name = ImageReference.parse(reference);
        return told(name.toString(), Stage.RESOLVE, () -> trust.inspect(name, reference));
    }

    @Override
    public Image pull(String reference, String platform, Consumer<TransferProgress> progress) {
        ImageReference name = ImageReference.parse(reference);
        Platform wanted = Platform.parse(platform);
        Optional<TrustGate.Pinned> signed = signed(name, trust.standard());
        return told(name.toString(), Stage.PULL, () -> image(fetch(name, signed, wanted, progress)));
    }

    @Override
    public ImageIndex pullAllPlatforms(String reference, Consumer<TransferProgress> progress) {
        ImageReference name = ImageReference.parse(reference);
        Optional<TrustGate.Pinned> signed = signed(name, trust.standard());
        return told(name.toString(), Stage.PULL, () -> index(new IndexPull(registries, local()).run(name, signed.map(TrustGate.Pinned::name).orElse(name), size(signed), progress)));
    }

    /** What is signed for a tag, where tags have to be. */
    private Optional<TrustGate.Pinned> signed(ImageReference name, ContentTrust trusting) {
        return trusting.enabled() ? told(name.toString(), Stage.RESOLVE, () -> trust.pinned(name, trusting)) : Optional.empty();
    }

    private static OptionalLong size(Optional<TrustGate.Pinned> signed) {
        return signed.isEmpty() ? OptionalLong.empty() : OptionalLong.of(signed.get().size());
    }

    @Override
    public ImageIndex createIndex(String reference, List<String> members) {
        return index(local().indexes().create(reference, members));
    }

    @Override
    public List<ImageIndex> indexes() {
        return local().indexes().list().stream().map(LocalImageRoom::index).toList();
    }

    private static ImageIndex index(IndexRecord record) {
        return new ImageIndex(record.index().toString(), record.references(),
                record.images().stream().map(m -> new ImageIndex.Member(m.manifest().toString(), m.platform(), m.size())).toList());
    }

    @Override
    public String push(String reference, Consumer<TransferProgress> progress) {
        return push(reference, trust.standard(), progress);
    }

    @Override
    public String push(String reference, ContentTrust trusting, Consumer<TransferProgress> progress) {
        ImageReference name = ImageReference.parse(reference);
        return told(name.toString(), Stage.PUSH, () -> {
            Optional<TrustGate.Release> release = trust.release(name, trusting);
            Digest digest = new ImagePush(registries, local()).run(name, progress);
            release.ifPresent(r -> r.sign(digest, local().content().size(digest)));
            return digest.toString();
        });
    }

    @Override
    public ImageBuilder scratch() {
        return builder(null);
    }

    @Override
    public ImageBuilder from(String reference) {
        return builder(signed(reference).map(s -> s.name().toString()).orElse(reference));
    }

    private ImageBuilder builder(@Nullable String base) {
        return ImageDraft.of(local(), base, (name, made) -> told(name, Stage.UNPACK, () -> image(made.get())));
    }

    @Override
    public Image fromDirectory(Path directory, String reference, String... changes) {
        return told(reference, Stage.UNPACK, () -> image(local().fromDirectory(directory, reference, changes)));
    }

    /** An image of a container. */
    Image commit(String reference, Commit commit, CommitOptions options) {
        return told(reference, Stage.UNPACK, () -> image(commit.run(local(), reference, options)));
    }

    @Override
    public List<Image> list(ImageFilter filter) {
        return local().list(filter).stream().map(this::image).toList();
    }

    @Override
    public ImageDetails inspect(String reference) {
        return local().inspect(reference, this::image);
    }

    @Override
    public Optional<Image> find(String reference) {
        return local().find(reference).map(this::image);
    }

    @Override
    public void tag(String source, String target) {
        local().tag(source, target);
    }

    @Override
    public void remove(String reference) {
        local().remove(reference, this::inUse);
    }

    @Override
    public Pruned prune(ImageFilter filter) {
        return local().prune(filter, this::inUse);
    }

    @Override
    public ImageUsage usage() {
        return local().usage(containers);
    }

    @Override
    public List<ImageDifference> verify(String reference) {
        return told(reference, Stage.UNPACK, () -> local().verify(reference, home.state()));
    }

    @Override
    public void save(List<String> references, Path file) {
        local().save(references, file);
    }

    @Override
    public void saveLayout(List<String> references, Path directory) {
        local().saveLayout(references, directory);
    }

    @Override
    public ServedImages serve() {
        LocalImages local = local();
        return new EngineImages(local, Objects.requireNonNull(store), home.state(), (subject, work) -> told(subject, Stage.UNPACK, () -> {
            work.run();
            return subject;
        }));
    }

    private boolean inUse(LayerId layer) {
        return containers.applyAsInt(layer) > 0;
    }

    private Image image(ImageRecord record) {
        return new Image(record.config().toString(), record.manifest().toString(), record.references(), record.platform(), record.created(), record.size(),
                local().config(record).settings().labels());
    }

    private <T> T told(String subject, Stage stage, Supplier<T> work) {
        long from = System.nanoTime();
        try {
            return powers.with(work);
        } catch (dev.caisson.linux.SyscallException e) {
            throw new ImageProblem(stage, "could not read or unpack " + subject + ": " + e.getMessage(), "look at the disk below the engine's root: dmesg, df", e);
        } catch (IllegalStateException e) {
            if (closed) { // of descriptors that are closed under it
                throw new EngineProblem(stage, "this engine was closed, and with it what it did with " + subject, "open another with Engine.builder()", e);
            }
            throw e;
        } finally {
            Event event = new Event(Instant.now(), subject, stage, Duration.ofNanos(System.nanoTime() - from), "");
            listeners.forEach(l -> l.accept(event));
        }
    }

    /** Whoever talks to a registry is told that the engine is closing. */
    void hangUp() {
        registries.hangUp();
    }

    @Override
    public synchronized void close() {
        closed = true;
        registries.close();
        if (content != null) {
            content.close();
        }
    }
}
