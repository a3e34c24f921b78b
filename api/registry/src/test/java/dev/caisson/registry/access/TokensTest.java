package dev.caisson.registry.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.RegistryServer.Action;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;

class TokensTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Tokens.Grant GRANT = new Tokens.Grant("me", List.of(new Scope("team/app", Set.of(Action.PULL, Action.PUSH)), new Scope("", Set.of())));

    private final Tokens tokens = at(NOW);

    private static Tokens at(Instant now) {
        return new Tokens(Duration.ofMinutes(5), Clock.fixed(now, ZoneOffset.UTC));
    }

    @Example
    void whatIsIssuedIsGranted() {
        Tokens.Grant grant = tokens.grant(tokens.issue(GRANT)).orElseThrow();
        assertEquals(GRANT, grant);
        assertTrue(grant.allows("team/app", Action.PUSH) && grant.allowsCatalog());
        assertFalse(grant.allows("team/app", Action.DELETE) || grant.allows("team", Action.PULL) || grant.allows("", Action.PULL));
        assertFalse(new Tokens.Grant("me", List.of()).allowsCatalog());
    }

    @Property
    void aTokenWithAnotherCharacterIsNone(@ForAll @IntRange(min = 0, max = 10_000) int at, @ForAll @CharRange(from = '-', to = 'z') char c) {
        String token = tokens.issue(GRANT);
        int i = at % token.length();
        String other = token.substring(0, i) + c + token.substring(i + 1);
        // The last character of a base64 text has bits that mean nothing.
        if (!other.equals(token) && i < token.length() - 1) {
            assertEquals(Optional.empty(), tokens.grant(other));
        }
    }

    @Property
    void anythingElseIsNone(@ForAll @StringLength(max = 200) String text) {
        assertEquals(Optional.empty(), tokens.grant(text));
    }

    @Example
    void otherAlgorithmsKeysAndTimes() {
        String token = tokens.issue(GRANT);
        String none = Base64.getUrlEncoder().withoutPadding().encodeToString("{\"alg\":\"none\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.US_ASCII));
        assertEquals(Optional.empty(), tokens.grant(none + token.substring(token.indexOf('.'))));
        assertEquals(Optional.empty(), tokens.grant(none + token.substring(token.indexOf('.'), token.lastIndexOf('.') + 1)));
        assertEquals(Optional.empty(), at(NOW).grant(token), "another registry's");
        Instant[] now = {NOW};
        Tokens ageing = new Tokens(Duration.ofMinutes(5), new Clock() {
            @Override
            public Instant instant() {
                return now[0];
            }

            @Override
            public java.time.ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }
        });
        String old = ageing.issue(GRANT);
        now[0] = NOW.plusSeconds(299);
        assertTrue(ageing.grant(old).isPresent());
        now[0] = NOW.plusSeconds(300);
        assertEquals(Optional.empty(), ageing.grant(old));
    }

    @Example
    void scopes() {
        assertEquals(List.of(new Scope("host:5000/app", Set.of(Action.PULL)), new Scope("b", Set.of(Action.values())), new Scope("", Set.of())),
                Scope.parse(List.of("repository:host:5000/app:pull,shine repository:b:*", "registry:catalog:*", "nonsense", "plugin:a:pull", "repository::pull", ":", "")));
        assertEquals(64, Scope.parse(List.of("repository:a:pull ".repeat(1000))).size());
    }
}
