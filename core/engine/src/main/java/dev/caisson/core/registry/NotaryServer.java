package dev.caisson.core.registry;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.TrustProblem;
import dev.caisson.core.image.ImageReference;
import dev.caisson.core.trust.MetadataSink;
import dev.caisson.core.trust.MetadataSource;
import dev.caisson.core.trust.TrustSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** A repository's metadata on a Notary server: {@code GET /v2/GUN/_trust/tuf/NAME.json}, with TLS always and the credentials of a registry. */
public final class NotaryServer implements MetadataSource, MetadataSink {
    private final Endpoint endpoint;
    private final Requests requests;
    private final String repository;

    /** @param chosen the server that the user names; empty for the one that docker asks for the image's registry */
    public NotaryServer(Registries registries, ImageReference name, Optional<URI> chosen) {
        this.endpoint = registries.trustServer(name.domain(), chosen.orElseGet(() -> TrustSettings.usual(name.domain())), chosen.isEmpty());
        this.requests = registries.requests();
        this.repository = name.name();
    }

    /** Its address. */
    public URI address() {
        return endpoint.base();
    }

    @Override
    public String where() {
        return endpoint.base().toString();
    }

    @Override
    public Optional<byte[]> get(String file, String role, int limit) {
        Ask ask = Ask.get("repository:" + repository + ":pull", Map.of("Accept", "application/json"));
        try (Response response = requests.send(endpoint, "/v2/" + repository + "/_trust/tuf/" + file + ".json", ask)) {
            if (response.status() == 404) {
                return Optional.empty();
            }
            if (response.status() != 200) {
                ImageProblem refusal = Refusal.ofPull(endpoint, response, file + ".json of " + repository);
                throw new TrustProblem(Stage.RESOLVE, repository, role, refusal.what(), refusal.remedy(), refusal);
            }
            byte[] content = response.body().document(limit + 1);
            if (content.length > limit) {
                throw new TrustProblem(repository, role, where() + " sends more than the " + limit + " bytes it may have", "the trust server is damaged or hostile");
            }
            return Optional.of(content);
        } catch (IOException e) {
            throw unreachable(role, Requests.unreachable(Stage.RESOLVE, endpoint, e));
        } catch (ImageProblem e) {
            throw unreachable(role, e);
        }
    }

    /** {@code POST /v2/GUN/_trust/tuf/}, a form of files that are named by their roles. It is sent once: a second time it would not be new. */
    @Override
    public void put(Map<String, byte[]> files) {
        String role = files.keySet().iterator().next();
        String boundary = "caisson-" + UUID.randomUUID();
        ByteArrayOutputStream form = new ByteArrayOutputStream();
        files.forEach((name, content) -> {
            form.writeBytes(("--" + boundary + "\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" + name + "\"\r\nContent-Type: application/octet-stream\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            form.writeBytes(content);
            form.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        });
        form.writeBytes(("--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII));
        byte[] body = form.toByteArray();
        Ask ask = Ask.push("POST", "repository:" + repository + ":pull,push", Map.of("Content-Type", "multipart/form-data; boundary=" + boundary), () -> BodyPublishers.ofByteArray(body),
                body.length);
        try (Response response = requests.once(endpoint, endpoint.uri("/v2/" + repository + "/_trust/tuf/"), ask)) {
            if (response.status() != 200) {
                ImageProblem refusal = Refusal.ofPush(endpoint, response, "what was signed of " + repository);
                throw new TrustProblem(Stage.PUSH, repository, role, refusal.what() + ", so the tag is pushed, but not signed",
                        refusal.remedy().isEmpty() ? "push again: somebody else may have signed meanwhile; its owner must let the server sign snapshots: notary key rotate " + repository + " snapshot -r"
                                : refusal.remedy(), refusal);
            }
        } catch (IOException e) {
            ImageProblem failure = Requests.unreachable(Stage.PUSH, endpoint, e);
            throw new TrustProblem(Stage.PUSH, repository, role, "the tag is pushed, but perhaps not signed: " + failure.what(), failure.remedy(), failure);
        }
    }

    private TrustProblem unreachable(String role, ImageProblem e) {
        return new TrustProblem(Stage.RESOLVE, repository, role, "its metadata cannot be had: " + e.what(), e.remedy(), e);
    }
}
