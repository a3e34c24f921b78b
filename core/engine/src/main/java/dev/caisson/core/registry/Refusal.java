package dev.caisson.core.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import java.io.IOException;
import java.net.URI;

/** What an answer other than the wanted one means, and what helps. */
final class Refusal {
    private static final int MOST_OF_AN_ERROR = 8 << 10;

    private Refusal() {
    }

    /** @param what was to be had */
    static ImageProblem ofPull(Endpoint endpoint, Response response, String what) throws IOException {
        String host = endpoint.host();
        String said = said(response);
        return switch (response.status()) {
            case 403 -> new ImageProblem(Stage.PULL, "registry " + host + " does not let you have " + what + said, "ask its owner for access, or log in as somebody else");
            case 404 -> new ImageProblem(Stage.PULL, "registry " + host + " has no " + what + said, "check name and tag; a private one looks like that too: docker login " + host);
            default -> other(Stage.PULL, endpoint, response.status(), what, said);
        };
    }

    /** @param what was to be put there */
    static ImageProblem ofPush(Endpoint endpoint, Response response, String what) throws IOException {
        String host = endpoint.host();
        String said = said(response);
        return switch (response.status()) {
            case 403 -> new ImageProblem(Stage.PUSH, "registry " + host + " does not let you put " + what + said, "ask its owner for the right to push, or log in as somebody else");
            case 404 -> new ImageProblem(Stage.PUSH, "registry " + host + " does not take " + what + said, "make the repository there first, if its owner wants that; check the name");
            case 405 -> new ImageProblem(Stage.PUSH, "registry " + host + " takes no images" + said, "it is read-only, or a mirror; push to another");
            case 413, 507 -> new ImageProblem(Stage.PUSH, "registry " + host + " has no room for " + what + said, "ask its owner for a larger limit; make the image smaller");
            default -> other(Stage.PUSH, endpoint, response.status(), what, said);
        };
    }

    /** @param what was to be deleted there */
    static ImageProblem ofDelete(Endpoint endpoint, Response response, String what) throws IOException {
        String host = endpoint.host();
        String said = said(response);
        return switch (response.status()) {
            case 403 -> new ImageProblem(Stage.PUSH, "registry " + host + " does not let you delete " + what + said, "ask its owner for the right to delete, or log in as somebody else");
            case 404 -> new ImageProblem(Stage.PUSH, "registry " + host + " has no " + what + said, "check name and tag; a private one looks like that too: docker login " + host);
            case 405 -> new ImageProblem(Stage.PUSH, "registry " + host + " deletes nothing" + said, "its owner has to allow it (docker's: storage.delete.enabled)");
            default -> other(Stage.PUSH, endpoint, response.status(), what, said);
        };
    }

    /** @param asked who was to be asked by way of a proxy that refuses (407) */
    static ImageProblem ofProxy(Stage stage, String host, URI asked) {
        return new ImageProblem(stage, "the proxy before registry " + host + " wants to know who asks", asked.getScheme().equals("http") ? "HTTP_PROXY=http://USER:PASSWORD@HOST:PORT"
                : "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT, and start the JVM with -Djdk.http.auth.tunneling.disabledSchemes= as it sends no passwords to proxies of TLS otherwise");
    }

    private static ImageProblem other(Stage stage, Endpoint endpoint, int status, String what, String said) {
        String host = endpoint.host();
        return switch (status) {
            case 401 -> new ImageProblem(stage, "registry " + host + " wants to know who asks for " + what + said,
                    "log in: docker login " + host + ", or RegistryAccess.of(\"" + host + "\").login(user, secret)");
            case 407 -> ofProxy(stage, endpoint.host(), endpoint.base());
            case 429 -> new ImageProblem(stage, "registry " + host + " is asked too often" + said, "wait, log in for a higher limit, or use a mirror");
            default -> new ImageProblem(stage, "registry " + host + " answered " + status + " for " + what + said,
                    status == 400 && endpoint.plain() ? "if it speaks TLS, use RegistryAccess.of(\"" + host + "\").tls()"
                            : status >= 500 ? "it is out of order: try again later, or use a mirror" : "");
        };
    }

    /** What the registry says of it (distribution spec, error codes). */
    private static String said(Response response) throws IOException {
        byte[] body = response.body().document(MOST_OF_AN_ERROR);
        try {
            JsonNode first = new ObjectMapper().readTree(body).path("errors").path(0);
            String text = first.path("code").asText("") + " " + first.path("message").asText("");
            return text.isBlank() ? "" : " (" + text.strip().replaceAll("\\p{Cntrl}", "?") + ")";
        } catch (IOException e) {
            return ""; // no JSON, or not even text
        }
    }
}
