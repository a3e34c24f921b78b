package dev.caisson.core.trust;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.core.content.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What was seen of repositories, one file each, so that nobody can show older metadata or another root afterwards. A file that is damaged is an error: to take it for
 * missing would mean to trust the next root that comes.
 *
 * <pre>DIR/SHA256(repository).json   {"schema":1,"repository":"…","root":"base64","files":{"timestamp":"base64",…}}</pre>
 */
public final class TrustStore {
    private static final int SCHEMA = 1;
    private static final int LARGEST = 256 << 20;
    private final ObjectMapper json = new ObjectMapper();
    private final Path directory;

    /** @param directory is made with its first file */
    public TrustStore(Path directory) {
        this.directory = directory;
    }

    private DurableFile file(String repository) {
        return new DurableFile(directory, HexFormat.of().formatHex(TrustKey.sha256(repository.getBytes(StandardCharsets.UTF_8))) + ".json");
    }

    /** @throws StorageProblem if it cannot be read, or is damaged */
    Optional<TrustState> read(String repository) {
        DurableFile file = file(repository);
        return file.read(LARGEST).map(content -> read(content, repository, file.path()));
    }

    /** Keeps what was verified, unless another JVM has kept something newer meanwhile. */
    void keep(String repository, TrustState state) {
        DurableFile file = file(repository);
        file.change(LARGEST, before -> {
            Optional<TrustState> kept = before.map(content -> read(content, repository, file.path()));
            return kept.isPresent() && (kept.get().same(state) || newer(kept.get(), state, repository)) ? before : Optional.of(write(repository, state));
        });
    }

    private static boolean newer(TrustState kept, TrustState state, String repository) {
        Subject root = new Subject(repository, Role.ROOT);
        Subject timestamp = root.of(Role.TIMESTAMP);
        return kept.version(root) > state.version(root) || kept.version(root) == state.version(root) && kept.version(timestamp) > state.version(timestamp);
    }

    private byte[] write(String repository, TrustState state) {
        ObjectNode top = json.createObjectNode().put("schema", SCHEMA).put("repository", repository).put("root", state.root());
        ObjectNode files = top.putObject("files");
        state.files().forEach(files::put);
        try {
            return json.writeValueAsBytes(top);
        } catch (IOException e) {
            throw new IllegalStateException("a tree of bytes cannot fail to be written", e);
        }
    }

    private TrustState read(byte[] content, String repository, Path path) {
        try {
            JsonNode top = json.readTree(content);
            if (top.path("schema").asInt() != SCHEMA || !top.path("repository").asText().equals(repository) || !top.path("files").isObject() || !top.path("root").isTextual()) {
                throw new IOException("it is of another schema, or of another repository");
            }
            Map<String, byte[]> files = new TreeMap<>();
            for (var each = top.path("files").fields(); each.hasNext();) {
                var file = each.next();
                files.put(file.getKey(), file.getValue().binaryValue());
            }
            return new TrustState(top.path("root").binaryValue(), files);
        } catch (IOException e) {
            throw new StorageProblem(Stage.RESOLVE, path + ", which remembers what content trust has seen of " + repository + ", is damaged: " + e.getMessage(),
                    "restore it; if you remove it, the next root that comes is trusted, so pin its keys: ContentTrust.certs(…)", e);
        }
    }
}
