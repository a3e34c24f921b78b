package dev.caisson.core.content;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
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

/**
 * Which images there are and how they are called: one small JSON file, replaced at once by rename(2), so that a reader sees the old or the new list and a crash
 * leaves either. Changes are made under a lock that all JVMs on this root share.
 *
 * <pre>
 * DIR/images.json   {"schema":1,"images":[{"manifest":"sha256:…","config":"sha256:…","references":["docker.io/library/x:latest"],…}]}
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

    /** Waits until nobody uses content, and keeps everybody from it. */
    public Use collect() {
        return StoreLock.exclusive(directory.resolve("use.lock"))::close;
    }

    /** The same, unless somebody uses content now. */
    public Optional<Use> tryCollect() {
        return StoreLock.tryExclusive(directory.resolve("use.lock")).map(lock -> lock::close);
    }

    /** Which version of the records this is, for caches: every change replaces the file. */
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
        byte[] content;
        try (SafeRoot root = SafeRoot.open(directory)) {
            content = root.readRegular(FILE, LARGEST);
        } catch (SyscallException e) {
            if (e.is(Errno.ENOENT)) {
                return List.of();
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
            return records;
        } catch (IOException | IllegalArgumentException | DateTimeParseException | dev.caisson.ImageProblem e) {
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
        List<ImageRecord> result = new ArrayList<>();
        change(records -> {
            List<ImageRecord> next = new ArrayList<>();
            List<String> names = new ArrayList<>(image.references());
            for (ImageRecord other : records) {
                if (other.manifest().equals(image.manifest())) {
                    names.addAll(other.references());
                } else {
                    next.add(other.named(other.references().stream().filter(n -> !image.references().contains(n)).toList()));
                }
            }
            ImageRecord merged = image.named(names);
            result.add(merged);
            next.add(merged);
            return next;
        });
        return result.get(0);
    }

    /** Replaces the list by what the function makes of it, while nobody else does. */
    @SuppressWarnings("try")
    public void change(UnaryOperator<List<ImageRecord>> change) {
        try (StoreLock lock = StoreLock.exclusive(directory.resolve("change.lock"))) {
            write(change.apply(list()));
        }
    }

    private void write(List<ImageRecord> records) {
        ObjectNode top = json.createObjectNode().put("schema", SCHEMA);
        ArrayNode images = top.putArray("images");
        records.forEach(r -> write(r, images.addObject()));
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
                FileCalls.fsync(file);
            }
            FileCalls.renameat2(dir, temporary, dir, FILE, 0);
            FileCalls.fsync(dir);
        } catch (SyscallException e) {
            throw StoreDirectory.problem("writing the images in " + directory, e);
        }
    }

    private static void write(ImageRecord record, ObjectNode into) {
        into.put("manifest", record.manifest().toString()).put("config", record.config().toString()).put("created", record.created().toString())
                .put("size", record.size()).put("platform", record.platform());
        record.references().forEach(into.putArray("references")::add);
        ArrayNode layers = into.putArray("layers");
        record.layers().forEach(l -> layers.add(l.digest()));
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
