package dev.caisson.core.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.ImageSaver.Saved;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.OfdLock;
import dev.caisson.linux.PathBytes;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Writes images into an OCI layout directory beside those that are there. Blobs come first and the index last, so that it is whole at any instant. */
final class LayoutDirectory {
    private static final Set<PosixFilePermission> READABLE = PosixFilePermissions.fromString("rw-r--r--");
    /** In a layout that is being begun, or whose writer died beginning it. */
    private static final Pattern OURS = Pattern.compile("oci-layout|blobs|index\\.json|\\.index\\.json\\.\\w+\\.part");
    private final ContentStore content;
    private final Path directory;

    LayoutDirectory(ContentStore content, Path directory) {
        this.content = content;
        this.directory = directory;
    }

    void add(List<Saved> images) {
        try {
            if (!Files.exists(directory.resolve("index.json"))) {
                refuseStrangers();
            }
            Files.createDirectories(directory);
            try (Fd layout = locked()) {
                ObjectNode index = ImageSaver.index(images);
                keepOthers(index.withArray("manifests"));
                for (Saved image : images) {
                    for (Digest blob : image.blobs()) {
                        put(blob);
                    }
                }
                if (FileCalls.fstat(layout).size() == 0) {
                    FileCalls.writeAll(layout, ByteBuffer.wrap(ImageSaver.LAYOUT));
                    Files.setPosixFilePermissions(directory.resolve("oci-layout"), READABLE); // whatever the umask
                }
                put("index.json", DockerArchive.bytes(index));
            }
        } catch (IOException | SyscallException e) {
            throw new StorageProblem(Stage.RESOLVE, "saving images to " + directory + ": " + e, "check that the directory is writable and has space", e);
        }
    }

    /** The file that says it is a layout, kept from others who write one here: each keeps what is in the index when he has it. */
    private Fd locked() {
        Fd layout = FileCalls.openat(Fd.CWD, PathBytes.of(directory.resolve("oci-layout")), Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_NOFOLLOW, 0644);
        try {
            OfdLock.lock(layout, OfdLock.Mode.EXCLUSIVE);
            return layout;
        } catch (RuntimeException e) {
            layout.close();
            throw e;
        }
    }

    /** Entries of the index that is there, but for those whose name or nameless digest comes anew. */
    private void keepOthers(ArrayNode manifests) throws IOException {
        Path file = directory.resolve("index.json");
        if (!Files.exists(file)) {
            return;
        }
        String what = "index.json of " + directory;
        byte[] document = read(file);
        ManifestParser.parse(document, MediaTypes.OCI_INDEX, what); // malformed ones are refused
        Set<String> fresh = new HashSet<>();
        manifests.forEach(m -> fresh.add(key(m)));
        for (JsonNode entry : StrictJson.mapper().readTree(document).path("manifests")) {
            if (!fresh.contains(key(entry))) {
                manifests.add(entry);
            }
        }
    }

    private static byte[] read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(ManifestParser.LIMIT + 1);
        }
    }

    private static String key(JsonNode entry) {
        JsonNode annotations = entry.path("annotations");
        String name = annotations.path(OciLayout.NAME).asText(annotations.path(OciLayout.REF_NAME).asText(""));
        return name.isEmpty() ? entry.path("digest").asText() : name;
    }

    private void refuseStrangers() throws IOException {
        if (Files.isDirectory(directory)) {
            try (Stream<Path> entries = Files.list(directory)) {
                if (entries.anyMatch(e -> !OURS.matcher(e.getFileName().toString()).matches())) {
                    throw new ImageProblem(Stage.RESOLVE, directory + " is neither empty nor an OCI layout", "name a new directory, or one that saveLayout() wrote");
                }
            }
        }
    }

    private void put(Digest digest) throws IOException {
        Path file = directory.resolve(ImageSaver.path(digest));
        if (!Files.exists(file) || Files.size(file) != content.size(digest)) {
            try (InputStream in = content.open(digest)) {
                put(file, in);
            }
        }
    }

    private void put(String name, byte[] document) throws IOException {
        put(directory.resolve(name), new java.io.ByteArrayInputStream(document));
    }

    private static void put(Path file, InputStream in) throws IOException {
        Files.createDirectories(file.getParent());
        Path temporary = Files.createTempFile(file.getParent(), "." + file.getFileName() + ".", ".part");
        try {
            try (OutputStream out = Files.newOutputStream(temporary)) {
                in.transferTo(out);
            }
            Files.setPosixFilePermissions(temporary, READABLE); // as skopeo and umoci write layouts
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
