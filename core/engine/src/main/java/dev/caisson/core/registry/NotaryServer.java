package dev.caisson.core.registry;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import dev.caisson.TrustProblem;
import dev.caisson.core.image.ImageReference;
import dev.caisson.core.trust.MetadataSource;
import dev.caisson.core.trust.TrustSettings;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Optional;

/** A repository's metadata on a Notary server: {@code GET /v2/GUN/_trust/tuf/NAME.json}, with TLS always and the credentials of a registry. */
public final class NotaryServer implements MetadataSource {
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

    private TrustProblem unreachable(String role, ImageProblem e) {
        return new TrustProblem(Stage.RESOLVE, repository, role, "its metadata cannot be had: " + e.what(), e.remedy(), e);
    }
}
