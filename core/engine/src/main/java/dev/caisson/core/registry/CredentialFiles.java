package dev.caisson.core.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The credentials that {@code docker login} and {@code podman login} left: {@code REGISTRY_AUTH_FILE}, docker's {@code config.json} (in {@code DOCKER_CONFIG} or
 * {@code ~/.docker}), {@code $XDG_RUNTIME_DIR/containers/auth.json}; the first that knows the registry counts. They are read when they are needed, so a login
 * counts at once.
 */
final class CredentialFiles {
    private static final String HUB = "docker.io";
    private static final String HUB_KEY = "https://index.docker.io/v1/";
    private static final Pattern SCHEME = Pattern.compile("^https?://");

    private final List<Path> files = new ArrayList<>();
    private final Map<String, String> environment;

    /** @param environment as System.getenv() */
    CredentialFiles(Map<String, String> environment) {
        this.environment = environment;
        add(environment.get("REGISTRY_AUTH_FILE"), "");
        String configured = environment.get("DOCKER_CONFIG");
        add(configured != null ? configured : environment.get("HOME"), configured != null ? "config.json" : ".docker/config.json");
        add(environment.get("XDG_RUNTIME_DIR"), "containers/auth.json");
    }

    private void add(@org.jspecify.annotations.Nullable String directory, String file) {
        if (directory != null && !directory.isEmpty()) {
            files.add(Path.of(directory).resolve(file));
        }
    }

    /** What they say of a registry, called as in references. */
    Optional<Credentials> of(String host) {
        for (Path file : files) {
            if (Files.isRegularFile(file)) {
                Optional<Credentials> found = in(file, host);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    /** Keeps credentials in the first of the files, or with the helper it names. */
    void keep(String host, Credentials credentials) {
        changing(host, (file, json, helper) -> {
            if (helper.isPresent()) {
                helper.get().store(server(host), credentials);
                return false;
            }
            file.drop(json, host);
            file.put(json, server(host), credentials);
            return true;
        });
    }

    /** Drops what the first of the files, or the helper it names, knows of the registry. */
    void drop(String host) {
        changing(host, (file, json, helper) -> {
            helper.ifPresent(h -> h.erase(server(host)));
            return file.drop(json, host);
        });
    }

    private interface Change {
        boolean to(CredentialFile file, ObjectNode json, Optional<CredentialHelper> helper);
    }

    private void changing(String host, Change change) {
        if (files.isEmpty()) {
            throw new ImageProblem(Stage.PULL, "there is nowhere to keep credentials: neither REGISTRY_AUTH_FILE nor DOCKER_CONFIG nor HOME is set", "set one of them");
        }
        CredentialFile file = new CredentialFile(files.get(0));
        file.change(json -> {
            String store = json.path("credsStore").asText("");
            String name = helper(json, host).isEmpty() ? store : helper(json, host);
            return change.to(file, json, name.isEmpty() ? Optional.empty() : Optional.of(new CredentialHelper(name, environment)));
        });
    }

    /** What a registry is called in the files. */
    private static String server(String host) {
        return host.equals(HUB) ? HUB_KEY : host;
    }

    private static String helper(JsonNode json, String host) {
        return json.path("credHelpers").path(host).asText(json.path("credHelpers").path(server(host)).asText(""));
    }

    private Optional<Credentials> in(Path file, String host) {
        JsonNode json = CredentialFile.read(file);
        String server = server(host);
        String helper = helper(json, host);
        if (!helper.isEmpty()) {
            return new CredentialHelper(helper, environment).get(server);
        }
        String store = json.path("credsStore").asText("");
        if (!store.isEmpty()) {
            Optional<Credentials> kept = new CredentialHelper(store, environment).get(server);
            if (kept.isPresent()) {
                return kept;
            }
        }
        Optional<String> key = key(json.path("auths"), host);
        return key.isPresent() ? entry(json.path("auths").path(key.get()), file, key.get()) : Optional.empty();
    }

    /** What stands for the registry itself goes before what podman keeps for a part of it ({@code HOST/TEAM}), which docker takes if there is nothing else. */
    private static Optional<String> key(JsonNode auths, String host) {
        List<String> keys = new ArrayList<>();
        auths.fieldNames().forEachRemaining(keys::add);
        return Stream.<Predicate<String>>of(server(host)::equals, host::equals, k -> isOf(k, host), k -> called(hostOf(k)).equals(host))
                .flatMap(wanted -> keys.stream().filter(wanted)).findFirst();
    }

    /** Whether a key stands for all of a registry: its host, or a URL there as old versions of docker wrote them. */
    static boolean isOf(String key, String host) {
        return called(hostOf(key)).equals(host) && (key.indexOf('/') < 0 || SCHEME.matcher(key).find());
    }

    private static String hostOf(String key) {
        String rest = SCHEME.matcher(key).replaceFirst("");
        int slash = rest.indexOf('/');
        return slash < 0 ? rest : rest.substring(0, slash);
    }

    /** In references. */
    private static String called(String host) {
        return host.equals("index." + HUB) ? HUB : host;
    }

    private static Optional<Credentials> entry(JsonNode json, Path file, String key) {
        String token = json.path("identitytoken").asText("");
        if (!token.isEmpty()) {
            return Optional.of(new Credentials("", token));
        }
        String auth = json.path("auth").asText("");
        if (auth.isEmpty()) {
            String user = json.path("username").asText("");
            return user.isEmpty() ? Optional.empty() : Optional.of(new Credentials(user, json.path("password").asText("")));
        }
        try {
            String pair = new String(Base64.getDecoder().decode(auth.strip()), StandardCharsets.UTF_8).replaceFirst("\0+$", "");
            int colon = pair.indexOf(':');
            if (colon > 0) {
                return Optional.of(new Credentials(pair.substring(0, colon), pair.substring(colon + 1)));
            }
        } catch (IllegalArgumentException e) {
            // told below, as what has no colon
        }
        throw new ImageProblem(Stage.PULL, "the entry '" + key + "' in " + file + " is not what docker login writes", "log in again: docker login " + hostOf(key));
    }
}
