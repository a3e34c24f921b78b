package dev.caisson.core.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The Authorization header for one registry: none, Basic, or a token of the server that the registry names (distribution spec, token authentication). Credentials go to
 * the registry itself, and to a token server only if that is the registry's own host or stands below the same domain: a challenge is the server's word alone.
 */
final class Authorizer {
    private static final int MOST_BYTES = 256 << 10;
    private static final int SHORT_TOP = 3;

    private final String host;
    private final URI registry;
    private final Client client;
    private final Duration patience;
    private final Supplier<Optional<Credentials>> credentials;
    private final Map<String, String> tokens = new ConcurrentHashMap<>();
    private volatile String basic = "";

    Authorizer(String host, URI registry, Client client, Duration patience, Supplier<Optional<Credentials>> credentials) {
        this.host = host;
        this.registry = registry;
        this.client = client;
        this.patience = patience;
        this.credentials = credentials;
    }

    /** The header's value for what is to be done; empty to ask without. */
    Optional<String> header(String scope) {
        String token = tokens.get(scope);
        return token != null ? Optional.of("Bearer " + token) : basic.isEmpty() ? Optional.empty() : Optional.of(basic);
    }

    /**
     * Answers a 401 of the registry itself.
     *
     * @param refused what was sent; "" for nothing
     * @return whether there is something new to send
     */
    boolean answer(List<Challenge> challenges, Ask ask, String refused) throws IOException, InterruptedException {
        for (Challenge challenge : challenges) {
            if (challenge.scheme().equals("bearer")) {
                String token = token(challenge, ask);
                tokens.put(ask.scope(), token);
                return !refused.equals("Bearer " + token);
            }
        }
        Optional<Credentials> known = credentials.get().filter(c -> !c.identityToken());
        if (challenges.stream().anyMatch(c -> c.scheme().equals("basic")) && known.isPresent()) {
            basic = known.get().basic();
            return !refused.equals(basic);
        }
        return false;
    }

    private String token(Challenge challenge, Ask ask) throws IOException, InterruptedException {
        URI realm = realm(challenge.parameter("realm"), ask.stage());
        String wanted = challenge.parameter("scope").isEmpty() ? ask.scope() : challenge.parameter("scope");
        Optional<Credentials> known = credentials.get();
        if (known.isPresent() && !trusted(realm)) {
            throw new ImageProblem(ask.stage(), "registry " + host + " wants its credentials sent to " + realm.getHost() + ", which is another domain",
                    "log out of " + host + ", or log in to a registry that keeps its token server in its own domain");
        }
        HttpRequest.Builder request;
        if (known.isPresent() && known.get().identityToken()) {
            String form = "grant_type=refresh_token&client_id=caisson&service=" + encoded(challenge.parameter("service")) + "&scope=" + encoded(wanted)
                    + "&refresh_token=" + encoded(known.get().secret());
            request = HttpRequest.newBuilder(realm).header("Content-Type", "application/x-www-form-urlencoded").POST(HttpRequest.BodyPublishers.ofString(form));
        } else {
            // A parameter for each scope; in a form above it is one, with spaces.
            String query = (realm.getRawQuery() == null ? "?" : "&") + "service=" + encoded(challenge.parameter("service"))
                    + Stream.of(wanted.split(" +")).filter(s -> !s.isEmpty()).map(s -> "&scope=" + encoded(s)).collect(Collectors.joining());
            request = HttpRequest.newBuilder(URI.create(realm + query)).GET();
            known.ifPresent(c -> request.header("Authorization", c.basic()));
        }
        Proxies.authorization(client.http(), realm).ifPresent(shown -> request.header(Proxies.AUTHORIZATION, shown));
        return sent(request.timeout(patience).build(), realm, known.orElse(null), ask.stage());
    }

    private String sent(HttpRequest request, URI realm, @Nullable Credentials as, Stage stage) throws IOException, InterruptedException {
        HttpResponse<TimedBody> response = client.send(request);
        if (response.body() == null) { // of a tunnel that was refused there is none
            throw Refusal.ofProxy(stage, host, realm);
        }
        try (TimedBody body = response.body()) {
            byte[] content = body.document(MOST_BYTES + 1);
            if (response.statusCode() == 401 || response.statusCode() == 403) {
                throw new ImageProblem(stage, "registry " + host + " refuses " + (as == null ? "anonymous access" : as.toString()) + " (" + response.statusCode() + " from "
                        + realm.getHost() + ")", as == null ? "log in: docker login " + host + ", or RegistryAccess.of(\"" + host + "\").login(user, secret)" : "check user and password: docker login " + host);
            }
            if (response.statusCode() != 200 || content.length > MOST_BYTES) {
                throw new IOException("the token server " + realm.getHost() + " answered " + response.statusCode() + (content.length > MOST_BYTES ? " without end" : ""));
            }
            JsonNode json = new ObjectMapper().readTree(content);
            String token = Stream.of("token", "access_token").map(n -> json.path(n).asText("")).filter(t -> !t.isEmpty()).findFirst().orElse("");
            if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 127)) {
                throw new IOException("the token server " + realm.getHost() + " sent no token");
            }
            return token;
        }
    }

    private URI realm(String text, Stage stage) {
        URI realm;
        try {
            realm = URI.create(text);
        } catch (IllegalArgumentException e) {
            realm = URI.create("");
        }
        boolean http = "http".equals(realm.getScheme());
        if (!Address.usable(realm) || realm.getUserInfo() != null) {
            throw new ImageProblem(stage, "registry " + host + " names no usable token server: '" + text.replaceAll("\\p{Cntrl}", "?") + "'", "the registry is set up wrongly");
        }
        if (http && !registry.getScheme().equals("http")) {
            throw new ImageProblem(stage, "registry " + host + " speaks TLS and wants a token fetched without, from " + realm.getHost(),
                    "the registry is set up wrongly, or somebody is in between");
        }
        return realm;
    }

    /** The same host, or one in the registry's own domain: registry.example.org and auth.example.org, but not a.co.uk and b.co.uk. */
    private boolean trusted(URI realm) {
        String ours = registry.getHost().toLowerCase(Locale.ROOT);
        String theirs = realm.getHost().toLowerCase(Locale.ROOT);
        if (ours.equals(theirs) || Loopback.is(ours) && Loopback.is(theirs)) {
            return true;
        }
        if (ours.matches("[0-9.]+|\\[.*")) {
            return false;
        }
        String[] labels = ours.split("\\.");
        int least = labels.length > 1 && labels[labels.length - 1].length() == 2 && labels[labels.length - 2].length() <= SHORT_TOP ? 3 : 2;
        String domain = labels.length - 1 >= least ? ours.substring(ours.indexOf('.') + 1) : ours;
        return theirs.equals(domain) || theirs.endsWith("." + domain);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
