package dev.caisson.registry.access;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.RegistryServer.Action;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Tokens as the distribution spec's token authentication has them (JWT, RFC 7519), signed with a key of this process: HS256 and nothing else, whatever a token's head
 * says.
 */
public final class Tokens {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Base64.Encoder TEXT = Base64.getUrlEncoder().withoutPadding();
    private static final String HEAD = TEXT.encodeToString("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.US_ASCII));
    private static final int LONGEST = 16 << 10;

    private final Mac mac = new Mac();
    private final Duration lifetime;
    private final Clock clock;

    public Tokens(Duration lifetime, Clock clock) {
        this.lifetime = lifetime;
        this.clock = clock;
    }

    /** What a token is good for. */
    record Grant(String user, List<Scope> scopes) {
        boolean allows(String repository, Action action) {
            return scopes.stream().anyMatch(s -> s.repository().equals(repository) && s.actions().contains(action));
        }

        boolean allowsCatalog() {
            return scopes.stream().anyMatch(s -> s.repository().isEmpty());
        }
    }

    Duration lifetime() {
        return lifetime;
    }

    String issue(Grant grant) {
        long now = clock.instant().getEpochSecond();
        ObjectNode claims = JSON.createObjectNode().put("sub", grant.user()).put("iat", now).put("exp", now + lifetime.toSeconds());
        ArrayNode access = claims.putArray("access");
        for (Scope scope : grant.scopes()) {
            ArrayNode actions = access.addObject().put("type", scope.repository().isEmpty() ? "registry" : "repository")
                    .put("name", scope.repository().isEmpty() ? "catalog" : scope.repository()).putArray("actions");
            scope.actions().stream().sorted().forEach(a -> actions.add(Scope.word(a)));
        }
        String signed = HEAD + "." + TEXT.encodeToString(claims.toString().getBytes(StandardCharsets.UTF_8));
        return signed + "." + TEXT.encodeToString(mac.of(signed.getBytes(StandardCharsets.US_ASCII)));
    }

    /** What a token grants; empty if it is not ours, or too old. */
    Optional<Grant> grant(String token) {
        int end = token.lastIndexOf('.');
        if (token.length() > LONGEST || end < HEAD.length() + 1 || !token.startsWith(HEAD + ".")) {
            return Optional.empty();
        }
        String signed = token.substring(0, end);
        try {
            if (!MessageDigest.isEqual(mac.of(signed.getBytes(StandardCharsets.UTF_8)), Base64.getUrlDecoder().decode(token.substring(end + 1)))) {
                return Optional.empty();
            }
            JsonNode claims = JSON.readTree(Base64.getUrlDecoder().decode(signed.substring(HEAD.length() + 1)));
            if (claims.path("exp").longValue() <= clock.instant().getEpochSecond()) {
                return Optional.empty();
            }
            List<String> scopes = new ArrayList<>();
            for (JsonNode access : claims.path("access")) {
                List<String> actions = new ArrayList<>();
                access.path("actions").forEach(a -> actions.add(a.textValue()));
                scopes.add(access.path("type").textValue() + ":" + access.path("name").textValue() + ":" + String.join(",", actions));
            }
            return Optional.of(new Grant(claims.path("sub").textValue(), Scope.parse(scopes)));
        } catch (IllegalArgumentException | IOException e) {
            return Optional.empty();
        }
    }
}
