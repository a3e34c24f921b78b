package dev.caisson.core.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import java.io.IOException;
import java.net.URI;
import java.util.Set;
import java.util.HashSet;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Lists that a registry tells page by page, each with a link to the next one. */
final class Listing {
    /** RFC 8288: {@code Link: </v2/app/tags/list?n=1000&last=x>; rel="next"}. */
    private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;\\s*rel=\"?next\"?");
    private static final int MOST_PAGES = 100;
    private static final int MOST_BYTES = 4 << 20;

    private final Registries registries;
    private final String host;

    Listing(Registries registries, String host) {
        this.registries = registries;
        this.host = host;
    }

    /**
     * Reads all pages.
     *
     * @param path of the first
     * @param what for errors
     * @param page takes one
     */
    void pages(String path, Ask ask, String what, BiConsumer<Response, JsonNode> page) {
        if (!pagesIfThere(path, ask, what, page)) {
            throw new ImageProblem(Stage.PULL, "registry " + host + " has no " + what, "check the name; a private one looks like that too: docker login " + host);
        }
    }

    /** The same. @return false if the registry answers 404 to the first */
    boolean pagesIfThere(String path, Ask ask, String what, BiConsumer<Response, JsonNode> page) {
        Endpoint endpoint = registries.itself(host);
        URI next = endpoint.uri(path);
        Set<URI> seen = new HashSet<>();
        for (int count = 0; next != null; count++) {
            if (count == MOST_PAGES || !seen.add(next)) {
                throw new ImageProblem(Stage.RESOLVE, "registry " + host + " tells " + what + " without end", "the registry is damaged or hostile");
            }
            try (Response response = registries.requests().send(endpoint, next, ask)) {
                if (response.status() == 404 && count == 0) {
                    return false;
                }
                if (response.status() != 200) {
                    throw Refusal.ofPull(endpoint, response, what);
                }
                page.accept(response, json(response, what));
                next = next(endpoint, response);
            } catch (IOException e) {
                throw Requests.unreachable(Stage.PULL, endpoint, e);
            }
        }
        return true;
    }

    private JsonNode json(Response response, String what) throws IOException {
        byte[] content = response.body().document(MOST_BYTES + 1);
        if (content.length > MOST_BYTES) {
            throw new ImageProblem(Stage.RESOLVE, "registry " + host + " tells " + what + " in more than " + MOST_BYTES + " bytes a page", "the registry is damaged or hostile");
        }
        try {
            return new ObjectMapper().readTree(content);
        } catch (IOException e) { // of text that is no JSON, and of bytes that are no text
            throw new ImageProblem(Stage.RESOLVE, "registry " + host + " tells " + what + " in no proper JSON: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    "the registry is damaged or hostile", e);
        }
    }

    private static @Nullable URI next(Endpoint endpoint, Response response) {
        Matcher link = NEXT.matcher(response.header("Link"));
        return link.find() ? Requests.target(Stage.PULL, endpoint, response.from(), link.group(1)) : null;
    }
}
