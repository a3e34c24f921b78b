package dev.caisson.core.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;

/** Lists that a registry tells page by page, each with a link to the next one. */
final class Listing {
    /** Quay tells a hundred at a time. */
    private static final int MOST_PAGES = 10_000;
    private static final int MOST_BYTES = 4 << 20;
    private static final long MOST_IN_ALL = 64 << 20;

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
        byte[] before = new byte[0];
        long bytes = 0;
        for (int count = 0; next != null; count++) {
            if (count == MOST_PAGES || !seen.add(next)) {
                throw endless(what);
            }
            try (Response response = registries.requests().send(endpoint, next, ask)) {
                if (response.status() == 404 && count == 0) {
                    return false;
                }
                if (response.status() != 200) {
                    throw Refusal.ofPull(endpoint, response, what);
                }
                byte[] content = content(response, what);
                bytes += content.length;
                if (bytes > MOST_IN_ALL || Arrays.equals(content, before)) {
                    throw endless(what);
                }
                before = content;
                page.accept(response, json(content, what));
                next = Link.next(response.headers().allValues("Link")).map(link -> Requests.target(Stage.PULL, endpoint, response.from(), link)).orElse(null);
            } catch (IOException e) {
                throw Requests.unreachable(Stage.PULL, endpoint, e);
            }
        }
        return true;
    }

    private ImageProblem endless(String what) {
        return new ImageProblem(Stage.RESOLVE, "registry " + host + " tells " + what + " without end", "the registry is damaged or hostile");
    }

    private byte[] content(Response response, String what) throws IOException {
        byte[] content = response.body().document(MOST_BYTES + 1);
        if (content.length > MOST_BYTES) {
            throw new ImageProblem(Stage.RESOLVE, "registry " + host + " tells " + what + " in more than " + MOST_BYTES + " bytes a page", "the registry is damaged or hostile");
        }
        return content;
    }

    private JsonNode json(byte[] content, String what) {
        try {
            return new ObjectMapper().readTree(content);
        } catch (IOException e) { // of text that is no JSON, and of bytes that are no text
            throw new ImageProblem(Stage.RESOLVE, "registry " + host + " tells " + what + " in no proper JSON: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    "the registry is damaged or hostile", e);
        }
    }
}
