package dev.caisson.core.content;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.linux.Stat;
import dev.caisson.linux.SyscallException;
import dev.caisson.spi.storage.LayerId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Which images there are and how they are called: one small JSON file, replaced at once by rename(2), so that a reader sees the old or the new list and a crash
 * leaves either. Changes are made under a lock that all JVMs on this root share.
 *
 * <pre>
 * DIR/images.json   {"schema":1,"images":[{"manifest":"sha256:…","config":"sha256:…","references":["docker.io/library/x:latest"],…}],
 *                    "indexes":[{"index":"sha256:…","references":[…],"images":[{"manifest":"sha256:…",…}]}]}
 * DIR/change.lock   held while the file is replaced
 * DIR/use.lock      shared while blobs or layers are being added or read, exclusive while some are removed
 * </pre>
 */
public final class ImageStore {
    private static final int LARGEST = 64 << 20;
    private static final int SCHEMA = 1;
    private static final String FILE = "images.json";
    private final ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private final Path directory;
    /** What was read last. A list that is read at every look must not cost more the more images there are. */
    private volatile Cached last = new Cached(Version.NONE, ImageRecords.NONE);

    private record Cached(Version version, ImageRecords records) {}

    private ImageStore(Path directory) {
        this.directory = directory;
        StoreDirectory.make(directory).close();
    }

    /**
     * Opens the records in a directory, which is made if it is missing.
     *
     * @throws StorageProblem if it cannot be made
     */
    public static ImageStore open(Path directory) {
        return new ImageStore(directory);
    }

    /** Held while blobs and layers must not go away. */
    public interface Use extends AutoCloseable {
        @Override
        void close();
    }

    /** Keeps others from removing content while an image is added or read; waits for a removal that is under way. */
    public Use use() {
        return StoreLock.shared(directory.resolve("use.lock"))::close;
    }

    /**
     * Waits until nobody uses content, and keeps everybody from it.
     *
     * @throws ImageProblem if the thread is interrupted meanwhile
     */
    public Use collect() {
        try {
            return StoreLock.exclusiveInterruptibly(directory.resolve("use.lock"))::close;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ImageProblem(Stage.RESOLVE, "interrupted while others use the images in " + directory + ": nothing was removed", "", e);
        }
    }

    /** The same, unless somebody uses content now. */
    public Optional<Use> tryCollect() {
        return StoreLock.tryExclusive(directory.resolve("use.lock")).map(lock -> lock::close);
    }

    /** Which version of the records this is, for caches: every change replaces the file, and gives it a later time than it had. */
    public record Version(long inode, long seconds, long nanos, long size) {
        private static final Version NONE = new Version(0, 0, 0, 0);
    }

    /** The present version; costs one system call. */
    public Version version() {
        return FileCalls.fstatatIfPresent(Fd.CWD, directory.resolve(FILE).toString(), 0)
                .map(s -> new Version(s.ino(), s.mtimeSec(), s.mtimeNsec(), s.size())).orElse(Version.NONE);
    }

    /**
     * All images.
     *
     * @throws StorageProblem if the file is damaged
     */
    public List<ImageRecord> list() {
        return records().images();
    }

    /** All images and indexes. Errors as of {@link #list}. */
    public ImageRecords records() {
        Version now = version();
        Cached known = last;
        if (known.version().equals(now)) {
            return known.records();
        }
        ImageRecords records = read();
        if (version().equals(now)) { // else it was replaced meanwhile
            last = new Cached(now, records);
        }
        return records;
    }

    private ImageRecords read() {
        byte[] content;
        try (SafeRoot root = SafeRoot.open(directory)) {
            content = root.readRegular(FILE, LARGEST);
        } catch (SyscallException e) {
            if (e.is(Errno.ENOENT)) {
                return ImageRecords.NONE;
            }
            throw StoreDirectory.problem("reading the images in " + directory, e);
        }
        try {
            JsonNode top = json.readTree(content);
            if (top.path("schema").asInt() != SCHEMA) {
                throw new StorageProblem(Stage.RESOLVE, directory.resolve(FILE) + " has schema " + top.path("schema") + ", this engine knows " + SCHEMA,
                        "use the version of Caisson that wrote it, or another root");
            }
            List<ImageRecord> records = new ArrayList<>();
            top.path("images").forEach(n -> records.add(read(n)));
            List<IndexRecord> indexes = new ArrayList<>();
            top.path("indexes").forEach(n -> indexes.add(readIndex(n)));
            return new ImageRecords(records, indexes);
        } catch (IOException | IllegalArgumentException | DateTimeParseException | ImageProblem e) {
            throw new StorageProblem(Stage.RESOLVE, directory.resolve(FILE) + " is damaged: " + e.getMessage(),
                    "restore it, or remove it and load the images again; their layers are found by their digests", e);
        }
    }

    /** The image of that name, which must be normalised. */
    public Optional<ImageRecord> byReference(String reference) {
        return list().stream().filter(r -> r.references().contains(reference)).findFirst();
    }

    /** Adds an image under names, which other images lose; an image that is there already gets the names too. */
    public ImageRecord add(ImageRecord image) {
        return changeAll(records -> records.images(images -> with(images, image))).images().stream().filter(i -> i.manifest().equals(image.manifest())).findFirst().orElseThrow();
    }

    /** Adds an index, and of its images the one for this host, if it has one. */
    public IndexRecord add(IndexRecord index, @Nullable ImageRecord image) {
        return changeAll(records -> (image == null ? records : records.images(images -> with(images, image))).with(index)).indexes().stream()
                .filter(i -> i.index().equals(index.index())).findFirst().orElseThrow();
    }

    private static List<ImageRecord> with(List<ImageRecord> records, ImageRecord image) {
        List<ImageRecord> next = new ArrayList<>();
        List<String> names = new ArrayList<>(image.references());
        int at = -1;
        for (ImageRecord other : records) {
            if (other.manifest().equals(image.manifest())) {
                names.addAll(other.references());
                at = next.size();
            } else {
                next.add(other.named(other.references().stream().filter(n -> !image.references().contains(n)).toList()));
            }
        }
        next.add(at < 0 ? next.size() : at, image.named(names)); // in its place, so that what changes nothing writes nothing
        return next;
    }

    /** Replaces the list by what the function makes of it, while nobody else does. An index loses the names that its images lose. */
    public void change(UnaryOperator<List<ImageRecord>> change) {
        changeAll(records -> records.images(change));
    }

    /** Takes a name from an index. */
    public void removeIndex(String reference) {
        changeAll(records -> records.without(reference));
    }

    @SuppressWarnings("try")
    private ImageRecords changeAll(UnaryOperator<ImageRecords> change) {
        try (StoreLock lock = StoreLock.exclusive(directory.resolve("change.lock"))) {
            ImageRecords before = records();
            ImageRecords after = change.apply(before);
            if (!after.equals(before)) {
                write(after);
            }
            return after;
        }
    }

    private void write(ImageRecords records) {
        ObjectNode top = json.createObjectNode().put("schema", SCHEMA);
        ArrayNode images = top.putArray("images");
        records.images().forEach(r -> write(r, images.addObject()));
        if (!records.indexes().isEmpty()) {
            ArrayNode indexes = top.putArray("indexes");
            records.indexes().forEach(r -> write(r, indexes.addObject()));
        }
        byte[] content;
        try {
            content = json.writeValueAsBytes(top);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of text cannot fail to be written", e);
        }
        String temporary = FILE + ".new";
        try (Fd dir = FileCalls.open(directory, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
            // Under the lock, so one name is enough; a crash leaves it for the next writer to truncate.
            try (Fd file = FileCalls.openat(dir, temporary, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_TRUNC | Fcntl.O_NOFOLLOW, 0600)) {
                FileCalls.writeAll(file, ByteBuffer.wrap(content));
                later(file);
                FileCalls.fsync(file);
            }
            FileCalls.renameat2(dir, temporary, dir, FILE, 0);
            FileCalls.fsync(dir);
        } catch (SyscallException e) {
            throw StoreDirectory.problem("writing the images in " + directory, e);
        }
    }

    /** The kernel's clock for files stands still for milliseconds, in which the file may be replaced twice and be the inode again that it was. */
    private void later(Fd file) {
        Version before = version();
        Stat now = FileCalls.fstat(file);
        if (now.mtimeSec() < before.seconds() || now.mtimeSec() == before.seconds() && now.mtimeNsec() <= before.nanos()) {
            boolean carry = before.nanos() == 999_999_999;
            long seconds = before.seconds() + (carry ? 1 : 0);
            int nanos = carry ? 0 : (int) before.nanos() + 1;
            FileCalls.utimensat(file, "", seconds, nanos, seconds, nanos, Fcntl.AT_EMPTY_PATH);
        }
    }

    private static void write(ImageRecord record, ObjectNode into) {
        into.put("manifest", record.manifest().toString()).put("config", record.config().toString()).put("created", record.created().toString())
                .put("size", record.size()).put("platform", record.platform());
        record.references().forEach(into.putArray("references")::add);
        ArrayNode layers = into.putArray("layers");
        record.layers().forEach(l -> layers.add(l.digest()));
    }

    private static void write(IndexRecord record, ObjectNode into) {
        into.put("index", record.index().toString());
        record.references().forEach(into.putArray("references")::add);
        ArrayNode images = into.putArray("images");
        record.images().forEach(m -> images.addObject().put("manifest", m.manifest().toString()).put("platform", m.platform()).put("size", m.size()));
    }

    private static IndexRecord readIndex(JsonNode node) {
        List<IndexRecord.Member> images = new ArrayList<>();
        node.path("images").forEach(m -> images.add(new IndexRecord.Member(Digest.parse(m.path("manifest").asText()), m.path("platform").asText(), m.path("size").asLong())));
        return new IndexRecord(Digest.parse(node.path("index").asText()), texts(node.path("references")), images);
    }

    private static ImageRecord read(JsonNode node) {
        return new ImageRecord(Digest.parse(node.path("manifest").asText()), Digest.parse(node.path("config").asText()), texts(node.path("references")),
                Instant.parse(node.path("created").asText()), node.path("size").asLong(), node.path("platform").asText(),
                texts(node.path("layers")).stream().map(LayerId::new).toList());
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
    }
}
