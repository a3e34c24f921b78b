package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import dev.caisson.Referrer;
import dev.caisson.core.image.MediaTypes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Registries that lie in their lists, or never end them. Row 88. */
class HostileListTest {
    private static final String SUBJECT = "sha256:" + "a".repeat(64);
    private static final String REFERRERS = "/v2/a/app/referrers/" + SUBJECT;
    private static final String FALLBACK = "/v2/a/app/manifests/sha256-" + "a".repeat(64);

    private final StubRegistry registry = new StubRegistry();

    @AfterEach
    void close() {
        registry.close();
    }

    private <T> T ask(Function<RemoteRegistry, T> question) {
        try (Registries registries = new Registries(List.of(), Map.of(), PullRoom.QUICK, PullRoom.PATIENCE)) {
            return question.apply(new RemoteRegistry(registries, registry.host()));
        }
    }

    private void refused(String why, Function<RemoteRegistry, ?> question) {
        ImageProblem problem = assertThrows(ImageProblem.class, () -> ask(question));
        assertTrue(problem.getMessage().contains(why), problem.getMessage());
    }

    private static byte[] index(String... manifests) {
        return ("{\"schemaVersion\":2,\"manifests\":[" + String.join(",", manifests) + "]}").getBytes(StandardCharsets.UTF_8);
    }

    private static String entry(String digit, String type) {
        return "{\"mediaType\":\"m\",\"digest\":\"sha256:" + digit.repeat(64) + "\",\"size\":5,\"artifactType\":\"" + type + "\"}";
    }

    @Test
    void aFilterThatDidNothingIsDoneHere() {
        registry.on(REFERRERS, exchange -> {
            exchange.getResponseHeaders().add("OCI-Filters-Applied", "artifactType");
            StubRegistry.bytes(MediaTypes.OCI_INDEX, index(entry("b", "x"), entry("c", "y"))).handle(exchange);
        });
        assertEquals(List.of("y"), ask(r -> r.referrers("a/app", SUBJECT, "y")).stream().map(Referrer::artifactType).toList());
        assertTrue(registry.asked.get(0).uri().endsWith("?artifactType=y"), "it was asked all the same");
    }

    @Test
    void theTagIsAskedOnlyWhereThereIsNoList() {
        registry.on(FALLBACK, StubRegistry.bytes(MediaTypes.OCI_INDEX, index(entry("b", "x"))));
        assertEquals(1, ask(r -> r.referrers("a/app", SUBJECT)).size());
        registry.on(REFERRERS, StubRegistry.bytes(MediaTypes.OCI_INDEX, index()));
        assertEquals(0, ask(r -> r.referrers("a/app", SUBJECT)).size());
        registry.on(REFERRERS, StubRegistry.status(403));
        refused("does not let you have", r -> r.referrers("a/app", SUBJECT));
    }

    @Test
    void listsThatAreNone() {
        for (String bad : List.of("", "[]", "{", "{\"manifests\":{}}", "{\"manifests\":[1]}", "{\"manifests\":[{\"digest\":\"sha256:../../x\",\"size\":1}]}",
                "{\"manifests\":[{\"digest\":\"" + SUBJECT + "\",\"size\":-1}]}", "{\"manifests\":[{\"digest\":\"" + SUBJECT + "\",\"size\":\"1\"}]}")) {
            registry.on(REFERRERS, StubRegistry.bytes(MediaTypes.OCI_INDEX, bad.getBytes(StandardCharsets.UTF_8)));
            refused("", r -> r.referrers("a/app", SUBJECT));
        }
        registry.on("/v2/_catalog", StubRegistry.bytes("application/json", "nonsense".getBytes(StandardCharsets.UTF_8)));
        refused("no proper JSON", RemoteRegistry::catalog);
        registry.on("/v2/_catalog", StubRegistry.bytes("application/json", new byte[(4 << 20) + 1]));
        refused("more than", RemoteRegistry::catalog);
    }

    @Test
    void listsThatNeverEnd() {
        registry.on("/v2/_catalog", exchange -> {
            exchange.getResponseHeaders().add("Link", "</v2/_catalog?n=1000>; rel=\"next\"");
            StubRegistry.bytes("application/json", "{\"repositories\":[\"a\"]}".getBytes(StandardCharsets.UTF_8)).handle(exchange);
        });
        refused("without end", RemoteRegistry::catalog);
        assertEquals(1, registry.asked.size(), "a page that is its own next one is asked for once");
        AtomicInteger page = new AtomicInteger();
        registry.on(REFERRERS, exchange -> {
            exchange.getResponseHeaders().add("Link", "<" + REFERRERS + "?last=" + page.incrementAndGet() + ">; rel=\"next\"");
            StubRegistry.bytes(MediaTypes.OCI_INDEX, index(entry("b", "x"))).handle(exchange);
        });
        refused("without end", r -> r.referrers("a/app", SUBJECT));
        assertEquals(2, page.get(), "the same again");
        page.set(0);
        registry.on("/v2/_catalog", exchange -> {
            exchange.getResponseHeaders().add("Link", "</v2/_catalog?last=" + page.incrementAndGet() + ">; rel=\"next\"");
            StubRegistry.bytes("application/json", ("{\"repositories\":[\"" + page.get() + "x".repeat(4_000_000) + "\"]}").getBytes(StandardCharsets.UTF_8)).handle(exchange);
        });
        refused("without end", RemoteRegistry::catalog);
        assertEquals(17, page.get(), "64 MiB are enough");
        registry.on(REFERRERS, StubRegistry.bytes(MediaTypes.OCI_INDEX, index(java.util.stream.Stream.generate(() -> entry("b", "")).limit(10_001).toArray(String[]::new))));
        refused("more than 10000", r -> r.referrers("a/app", SUBJECT));
    }

    /** Quay tells at most 100 at a time, and has repositories of ten thousands of tags. */
    @Test
    void longListsInShortPages() {
        AtomicInteger page = new AtomicInteger();
        registry.on("/v2/a/app/tags/list", exchange -> {
            int number = page.getAndIncrement();
            if (number < 149) {
                exchange.getResponseHeaders().add("Link", "</v2/a/app/tags/list?n=100&last=" + number + ">; rel=\"next\"");
            }
            String tags = java.util.stream.IntStream.range(number * 100, number * 100 + 100).mapToObj(i -> "\"t" + i + "\"").collect(java.util.stream.Collectors.joining(","));
            StubRegistry.bytes("application/json", ("{\"name\":\"a/app\",\"tags\":[" + tags + "]}").getBytes(StandardCharsets.UTF_8)).handle(exchange);
        });
        List<String> tags = ask(r -> r.tags("a/app"));
        assertEquals(15_000, tags.size());
        assertEquals("t14999", tags.get(14_999));
    }

    /** RFC 8288: several headers, several links in one, other parameters, addresses that are relative, also with a query alone. */
    @Test
    void linksInAllForms() {
        for (List<String> links : List.of(List.of("</v2/_catalog?last=a>; rel=\"next\""), List.of("</v2/_catalog?last=a>;rel=next"), List.of("</v2/_catalog?last=a>; title=\"a, b; c\"; rel=\"next\""),
                List.of("</v2/>; rel=\"index\", </v2/_catalog?last=a>; rel=\"next\""), List.of("</v2/>; rel=\"index\"", "</v2/_catalog?last=a>; rel=\"next\""),
                List.of("<_catalog?last=a>; REL=\"Next\""), List.of("<?last=a>; rel=\"last next\""), List.of("<http://" + registry.host() + "/v2/_catalog?last=a>; rel=\"next\""))) {
            registry.on("/v2/_catalog", exchange -> {
                boolean second = exchange.getRequestURI().getQuery().contains("last=a");
                if (!second) {
                    links.forEach(link -> exchange.getResponseHeaders().add("Link", link));
                }
                StubRegistry.bytes("application/json", ("{\"repositories\":[\"" + (second ? "b" : "a") + "\"]}").getBytes(StandardCharsets.UTF_8)).handle(exchange);
            });
            assertEquals(List.of("a", "b"), ask(RemoteRegistry::catalog), links.toString());
        }
        for (String none : List.of("</v2/_catalog?last=a>; rel=\"prev\"", "</v2/_catalog?last=a>", "</v2/_catalog?last=a; rel=next", "rel=next", "</v2/_catalog?last=a>; rev=\"next\"", "", "<", "<>")) {
            registry.on("/v2/_catalog", exchange -> {
                exchange.getResponseHeaders().add("Link", none);
                StubRegistry.bytes("application/json", "{\"repositories\":[\"a\"]}".getBytes(StandardCharsets.UTF_8)).handle(exchange);
            });
            assertEquals(List.of("a"), ask(RemoteRegistry::catalog), none);
        }
    }

    @Test
    void textsOfTheirsAreMadePlain() {
        registry.on("/v2/_catalog", StubRegistry.bytes("application/json", "{\"repositories\":[\"a\\u001b[31m\"]}".getBytes(StandardCharsets.UTF_8)));
        assertEquals(List.of("a?[31m"), ask(RemoteRegistry::catalog));
    }

    @Test
    void whatCannotBeDeleted() {
        Map.of(401, "wants to know who asks", 403, "does not let you delete", 404, "has no", 405, "deletes nothing", 200, "").forEach((status, why) -> {
            registry.on("/v2/a/app/manifests/" + SUBJECT, StubRegistry.status(status));
            Function<RemoteRegistry, Boolean> delete = r -> {
                r.delete("a/app", SUBJECT);
                return true;
            };
            if (status == 200) {
                assertTrue(ask(delete));
            } else {
                refused(why, delete);
            }
        });
        refused("", r -> {
            r.delete("a/app", "../v1");
            return true;
        });
    }
}
