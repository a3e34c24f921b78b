package dev.caisson.core.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.ImageProblem;
import dev.caisson.Registry;
import dev.caisson.Stage;
import dev.caisson.core.image.ImageReference;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What can be asked of a registry itself (OCI distribution spec, end-1 and content discovery; docker's login). */
public final class RemoteRegistry implements Registry {
    /** RFC 8288: {@code Link: </v2/app/tags/list?n=1000&last=x>; rel="next"}. */
    private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;\\s*rel=\"?next\"?");
    private static final int A_PAGE = 1000;
    private static final int MOST_PAGES = 100;
    private static final int MOST_BYTES = 4 << 20;

    private final Registries registries;
    private final String host;

    public RemoteRegistry(Registries registries, String host) {
        this.registries = registries;
        this.host = ImageReference.parse(host + "/any/name").domain();
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public void login(String user, String secret) {
        if (user.isEmpty() || user.contains(":") || secret.isEmpty() || (user + secret).chars().anyMatch(c -> c < ' ')) {
            throw new ImageProblem(Stage.VALIDATE, "logging in to " + host + ": a user without colon and a secret are wanted, neither with control characters (RFC 7617)", "");
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
        String path = ImageReference.parse(host + "/" + repository).path();
        Endpoint endpoint = registries.itself(host);
        List<String> tags = new ArrayList<>();
        URI next = endpoint.uri("/v2/" + path + "/tags/list?n=" + A_PAGE);
        for (int page = 0; next != null; page++) {
            if (page == MOST_PAGES) {
                throw new ImageProblem(Stage.RESOLVE, "registry " + host + " lists tags of " + path + " without end", "the registry is damaged or hostile");
            }
            try (Response response = registries.requests().send(endpoint, next, Ask.get("repository:" + path + ":pull", Map.of()))) {
                if (response.status() != 200) {
                    throw Refusal.ofPull(endpoint, response, "tags of " + path);
                }
                JsonNode json = new ObjectMapper().readTree(response.body().document(MOST_BYTES));
                json.path("tags").forEach(t -> tags.add(t.asText().replaceAll("\\p{Cntrl}", "?")));
                next = next(endpoint, response);
            } catch (IOException e) {
                throw Requests.unreachable(Stage.PULL, endpoint, e);
            }
        }
        return List.copyOf(tags);
    }

    private static @org.jspecify.annotations.Nullable URI next(Endpoint endpoint, Response response) {
        Matcher link = NEXT.matcher(response.header("Link"));
        return link.find() ? Requests.target(Stage.PULL, endpoint, response.from(), link.group(1)) : null;
    }

    @Override
    public String toString() {
        return host;
    }
}
