package dev.caisson.core.registry;

import dev.caisson.ImageProblem;
import dev.caisson.Referrer;
import dev.caisson.Registry;
import dev.caisson.Stage;
import dev.caisson.core.content.Digest;
import dev.caisson.core.image.ImageReference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What can be asked of a registry itself (OCI distribution spec, end-1 and content discovery; docker's login). */
public final class RemoteRegistry implements Registry {
    private static final int A_PAGE = 1000;

    private final Registries registries;
    private final String host;
    private final Listing listing;

    public RemoteRegistry(Registries registries, String host) {
        this.registries = registries;
        this.host = ImageReference.parse(host + "/any/name").domain();
        this.listing = new Listing(registries, this.host);
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public void login(String user, String secret) {
        if (user.isEmpty() || user.contains(":") || secret.isEmpty() || (user + secret).chars().anyMatch(c -> c < ' ')) {
            throw new ImageProblem(Stage.VALIDATE, "logging in to " + host + ": a user without colon and a secret are wanted, neither with control characters (RFC 7617)", "give them as the registry's owner has set them");
        }
        Credentials credentials = new Credentials(user, secret);
        Endpoint asThem = registries.itself(host, credentials);
        try (Response response = registries.requests().send(asThem, "/v2/", Ask.get("", Map.of()))) {
            if (response.status() != 200) {
                throw response.status() == 401 ? new ImageProblem(Stage.PULL, "registry " + host + " does not know " + credentials + " with this secret", "check user and secret")
                        : Refusal.ofPull(asThem, response, "login of " + credentials);
            }
        } catch (IOException e) {
            throw Requests.unreachable(Stage.PULL, asThem, e);
        }
        registries.files().keep(host, credentials);
        registries.forget(host);
    }

    @Override
    public void logout() {
        registries.files().drop(host);
        registries.forget(host);
    }

    @Override
    public List<String> tags(String repository) {
        String path = path(repository);
        return names("/v2/" + path + "/tags/list", "repository:" + path + ":pull", "tags", "tags of " + path);
    }

    @Override
    public List<String> catalog() {
        return names("/v2/_catalog", "registry:catalog:*", "repositories", "list of its repositories");
    }

    private List<String> names(String path, String scope, String field, String what) {
        List<String> names = new ArrayList<>();
        listing.pages(path + "?n=" + A_PAGE, Ask.get(scope, Map.of()), what, (response, json) -> json.path(field).forEach(t -> names.add(t.asText().replaceAll("\\p{Cntrl}", "?"))));
        return List.copyOf(names);
    }

    @Override
    public void delete(String repository, String reference) {
        String path = path(repository);
        boolean tag = reference.indexOf(':') < 0;
        ImageReference name = ImageReference.parse(host + "/" + path + (tag ? ":" : "@") + reference);
        Endpoint endpoint = registries.itself(host);
        try (Response response = registries.requests().send(endpoint, "/v2/" + path + "/manifests/" + reference, Ask.delete("repository:" + path + ":delete"))) {
            if (response.status() != 202 && response.status() != 200 && response.status() != 204) {
                // Distribution 2 takes digests alone: as an unsupported method, or as a digest that is none.
                boolean unable = tag && (response.status() == 400 || response.status() == 405);
                throw unable ? new ImageProblem(Stage.PUSH, "registry " + host + " cannot delete the tag " + name + " and leave its image",
                        "delete the image by its digest, which deletes all its tags") : Refusal.ofDelete(endpoint, response, name.toString());
            }
        } catch (IOException e) {
            throw Requests.unreachable(Stage.PUSH, endpoint, e);
        }
    }

    @Override
    public List<Referrer> referrers(String repository, String digest, String artifactType) {
        return new ReferrerList(listing, path(repository)).of(Digest.parse(digest), artifactType);
    }

    private String path(String repository) {
        return ImageReference.parse(host + "/" + repository).path();
    }

    @Override
    public String toString() {
        return host;
    }
}
