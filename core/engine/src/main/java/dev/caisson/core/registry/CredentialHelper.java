package dev.caisson.core.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A program {@code docker-credential-NAME} that keeps secrets (docker's credential-helpers protocol): the server's name on its input, JSON on its output. */
final class CredentialHelper {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final int MOST_OUTPUT = 64 << 10;
    private static final long SECONDS = 60;

    private final String program;
    private final Map<String, String> environment;

    /**
     * @param name what follows the dash
     * @param environment in which it is found and run
     * @throws ImageProblem if that is no proper name
     */
    CredentialHelper(String name, Map<String, String> environment) {
        if (!NAME.matcher(name).matches()) {
            throw problem("the credential helper '" + name.replaceAll("\\p{Cntrl}", "?") + "' has no proper name", "correct credsStore or credHelpers in config.json", null);
        }
        this.program = "docker-credential-" + name;
        this.environment = environment;
    }

    /**
     * What it knows of a server.
     *
     * @throws ImageProblem if it cannot be run, fails, or says something else
     */
    Optional<Credentials> get(String server) {
        Answer answer = run("get", server);
        if (answer.status() != 0) {
            if (answer.text().toLowerCase(Locale.ROOT).contains("not found")) {
                return Optional.empty();
            }
            throw failed(answer);
        }
        try {
            JsonNode json = new ObjectMapper().readTree(answer.text());
            String secret = json.path("Secret").asText("");
            return secret.isEmpty() ? Optional.empty() : Optional.of(new Credentials(json.path("Username").asText(""), secret));
        } catch (IOException e) {
            throw problem(program + " answered something that is no JSON", "", null); // what it is may be a secret
        }
    }

    /** Has it keep them. */
    void store(String server, Credentials credentials) {
        ObjectNode json = new ObjectMapper().createObjectNode().put("ServerURL", server).put("Username", credentials.user()).put("Secret", credentials.secret());
        Answer answer = run("store", json.toString());
        if (answer.status() != 0) {
            throw failed(answer);
        }
    }

    /** Has it forget them. */
    void erase(String server) {
        Answer answer = run("erase", server);
        if (answer.status() != 0 && !answer.text().toLowerCase(Locale.ROOT).contains("not found")) {
            throw failed(answer);
        }
    }

    private record Answer(int status, String text) {}

    private Answer run(String verb, String input) {
        try {
            ProcessBuilder builder = new ProcessBuilder(found().toString(), verb).redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().clear();
            builder.environment().putAll(environment);
            Process process = builder.start();
            try {
                return answer(process, input);
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw problem("could not run " + program + ": " + e.getMessage(), "install it, or remove it from credsStore or credHelpers in config.json", e);
        }
    }

    private Path found() throws IOException {
        return Arrays.stream(environment.getOrDefault("PATH", "").split(File.pathSeparator)).filter(d -> d.startsWith("/")).map(d -> Path.of(d, program))
                .filter(Files::isExecutable).findFirst().orElseThrow(() -> new IOException("it is in no directory of PATH"));
    }

    private Answer answer(Process process, String input) throws IOException {
        try (InputStream in = process.getInputStream()) {
            try (OutputStream out = process.getOutputStream()) {
                out.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // EPIPE: one that has ended without reading, whose exit code says what that meant
            }
            CompletableFuture<Void> late = CompletableFuture.runAsync(process::destroyForcibly, CompletableFuture.delayedExecutor(SECONDS, TimeUnit.SECONDS));
            byte[] output = in.readNBytes(MOST_OUTPUT);
            int status = process.waitFor();
            if (!late.cancel(false)) {
                throw problem(program + " still ran after " + SECONDS + " s", "try it by hand: echo SERVER | " + program + " get", null);
            }
            return new Answer(status, new String(output, StandardCharsets.UTF_8));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw problem("interrupted while waiting for " + program, "", e);
        }
    }

    private ImageProblem failed(Answer answer) {
        return problem(program + " failed with exit code " + answer.status() + ": " + answer.text().strip().replaceAll("\\p{Cntrl}", " "), "", null);
    }

    private static ImageProblem problem(String what, String remedy, @Nullable Throwable cause) {
        return new ImageProblem(Stage.PULL, what, remedy, cause);
    }
}
