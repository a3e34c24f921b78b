package dev.caisson.core.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Predicate;

/** One file like docker's {@code config.json}. What else stands in it stays; a link stays one; nobody but its owner can read what is written. */
final class CredentialFile {
    private final Path path;

    CredentialFile(Path path) {
        this.path = path;
    }

    static JsonNode read(Path file) {
        try {
            return new ObjectMapper().readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new ImageProblem(Stage.PULL, "could not read the credentials in " + file + ": " + e.getMessage(), "correct or remove the file", e);
        }
    }

    /** @param change says whether it has changed anything */
    void change(Predicate<ObjectNode> change) {
        JsonNode there = Files.exists(path) ? read(path) : new ObjectMapper().createObjectNode();
        if (!there.isMissingNode() && !(there instanceof ObjectNode)) {
            throw new ImageProblem(Stage.PULL, path + " holds no JSON object", "correct or remove the file");
        }
        ObjectNode json = there instanceof ObjectNode object ? object : new ObjectMapper().createObjectNode();
        if (change.test(json)) {
            write(json);
        }
    }

    void put(ObjectNode json, String server, Credentials credentials) {
        json.withObject("/auths").putObject(server).put("auth",
                Base64.getEncoder().encodeToString((credentials.user() + ":" + credentials.secret()).getBytes(StandardCharsets.UTF_8)));
    }

    /** Whether there was something. */
    boolean drop(ObjectNode json, String host) {
        if (!(json.path("auths") instanceof ObjectNode auths)) {
            return false;
        }
        List<String> keys = new ArrayList<>();
        auths.fieldNames().forEachRemaining(keys::add);
        keys.removeIf(k -> !CredentialFiles.isOf(k, host));
        auths.remove(keys);
        return !keys.isEmpty();
    }

    private void write(ObjectNode json) {
        try {
            if (!Files.isDirectory(path.getParent())) {
                Files.createDirectories(path.getParent(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            Path file = Files.exists(path) ? path.toRealPath() : path;
            Path fresh = Files.createTempFile(file.getParent(), ".config", ".json"); // 0600
            try {
                Files.write(fresh, new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
                Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(fresh);
            }
        } catch (IOException e) {
            throw new ImageProblem(Stage.PULL, "could not write the credentials to " + path + ": " + e.getMessage(), "make the directory writable, or set DOCKER_CONFIG", e);
        }
    }
}
