package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ChallengeTest {
    @Test
    void whatRegistriesSend() {
        assertEquals(List.of(new Challenge("bearer", Map.of("realm", "https://auth.docker.io/token", "service", "registry.docker.io", "scope", "repository:library/nginx:pull"))),
                Challenge.parse(List.of("Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:library/nginx:pull\"")));
        assertEquals(List.of(new Challenge("basic", Map.of("realm", "Registry Realm"))), Challenge.parse(List.of("Basic realm=\"Registry Realm\"")));
        // RFC 9110, 11.6.1: two in one header, and one in each of two
        List<Challenge> two = List.of(new Challenge("basic", Map.of("realm", "simple")), new Challenge("newauth", Map.of("realm", "apps", "type", "1", "title", "Login to \"apps\"")));
        assertEquals(two, Challenge.parse(List.of("Basic realm=\"simple\", NewAuth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\"")));
        assertEquals(two, Challenge.parse(List.of("Basic realm=\"simple\"", "NewAuth  realm = \"apps\" ,type=1,, title=\"Login to \\\"apps\\\"\"")));
        assertEquals(List.of("negotiate", "basic"), Challenge.parse(List.of("Negotiate, Basic realm=x")).stream().map(Challenge::scheme).toList());
    }

    @Test
    void theFirstOfTwoCounts() {
        assertEquals("a", Challenge.parse(List.of("Bearer realm=a,realm=b")).get(0).parameter("realm"));
    }

    @Provide
    Arbitrary<Challenge> challenges() {
        Arbitrary<String> token = Arbitraries.strings().withCharRange('a', 'z').ofMinLength(1).ofMaxLength(10);
        Arbitrary<String> value = Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(30);
        return Combinators.combine(token, Arbitraries.maps(token, value).ofMinSize(1).ofMaxSize(5)).as(Challenge::new);
    }

    /** What is written by the grammar is read back. */
    @Property
    void roundTrip(@ForAll("challengeLists") List<Challenge> challenges) {
        StringBuilder header = new StringBuilder();
        for (Challenge challenge : challenges) {
            header.append(header.isEmpty() ? "" : ", ").append(challenge.scheme());
            String separator = " ";
            for (Map.Entry<String, String> parameter : challenge.parameters().entrySet()) {
                header.append(separator).append(parameter.getKey()).append("=\"").append(parameter.getValue().replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
                separator = ", ";
            }
        }
        assertEquals(challenges, Challenge.parse(List.of(header.toString())));
    }

    @Provide
    Arbitrary<List<Challenge>> challengeLists() {
        return challenges().list().ofMaxSize(4);
    }

    /** Anything at all ends, and is never longer than what came. */
    @Property(tries = 5000)
    void noise(@ForAll("noises") String header) {
        List<Challenge> challenges = Challenge.parse(List.of(header));
        assertTrue(challenges.stream().mapToInt(c -> c.scheme().length() + c.parameters().entrySet().stream().mapToInt(e -> e.getKey().length() + e.getValue().length()).sum()).sum()
                <= header.length());
    }

    @Provide
    Arbitrary<String> noises() {
        return Arbitraries.oneOf(Arbitraries.strings().ofMaxLength(100), Arbitraries.of("Bearer", " ", ",", "=", "\"", "\\", "realm", "a", "\t", "Basic ").list().ofMaxSize(40).map(l -> String.join("", l)));
    }

    @Test
    void oneWithoutEnd() {
        assertEquals(1, Challenge.parse(List.of("Bearer realm=\"" + "x".repeat(10_000_000))).size());
        Challenge.parse(List.of(",".repeat(10_000_000), "a ".repeat(5_000_000), "\"".repeat(10_000_000)));
    }
}
