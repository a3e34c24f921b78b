package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Failures that pass: connections that break, registries that are busy. */
@Tag("host")
class RetryTest {
    private static final StubImage IMAGE = StubImage.of(3_000_000, 1000);
    private static final byte[] LAYER = IMAGE.layers().get(0);
    private static final String BLOB = StubRegistry.blob(LAYER);

    @TempDir
    Path temp;
    private PullRoom room;
    private StubRegistry registry;

    @BeforeEach
    void open() {
        room = new PullRoom(temp);
        registry = new StubRegistry(IMAGE);
    }

    @AfterEach
    void close() {
        registry.close();
        room.close();
    }

    /** Sends half of what is left and breaks; knows ranges or not. */
    private static HttpHandler breaking(boolean ranges) {
        return exchange -> {
            String range = exchange.getRequestHeaders().getFirst("Range");
            int from = ranges && range != null ? Integer.parseInt(range.substring(6, range.length() - 1)) : 0;
            if (from > 0) {
                exchange.getResponseHeaders().add("Content-Range", "bytes " + from + "-" + (LAYER.length - 1) + "/" + LAYER.length);
            }
            exchange.sendResponseHeaders(from > 0 ? 206 : 200, LAYER.length - from);
            int most = ranges && LAYER.length - from > 100_000 ? (LAYER.length - from) / 2 : LAYER.length - from;
            exchange.getResponseBody().write(LAYER, from, most);
            exchange.getResponseBody().flush();
            if (most < LAYER.length - from) {
                throw new IOException("breaks");
            }
        };
    }

    private List<String> ranges() {
        return registry.asked.stream().filter(a -> a.uri().equals(BLOB)).map(a -> a.header("Range")).toList();
    }

    @Test
    void aBrokenConnectionIsContinued() {
        registry.on(BLOB, breaking(true));
        room.pull(registry.name());
        List<String> ranges = ranges();
        assertTrue(ranges.size() > 4, "more breaks than tries, for each brought something: " + ranges);
        assertEquals("", ranges.get(0));
        assertTrue(ranges.stream().skip(1).allMatch(r -> r.matches("bytes=[1-9]\\d*-")), ranges.toString());
        assertEquals(4, room.content.blobs().size());
    }

    @Test
    void aServerWithoutRangesBeginsAnew() {
        registry.on(BLOB, breaking(false));
        registry.first(1, BLOB, exchange -> {
            exchange.sendResponseHeaders(200, LAYER.length);
            exchange.getResponseBody().write(LAYER, 0, LAYER.length / 2);
            exchange.getResponseBody().flush();
            throw new IOException("breaks");
        });
        room.pull(registry.name());
        assertEquals(2, ranges().size());
    }

    @Test
    void aPartThatDoesNotFit() {
        for (String range : List.of("bytes 0-9/10", "bytes 2999999-3000000/3001856", "bytes", "", "bytes -1-5/6", "bytes 99999999999999999999-5/6")) {
            registry.serve(IMAGE);
            registry.on(BLOB, exchange -> {
                if (exchange.getRequestHeaders().getFirst("Range") == null) {
                    exchange.sendResponseHeaders(200, LAYER.length);
                    exchange.getResponseBody().write(LAYER, 0, LAYER.length / 2);
                    exchange.getResponseBody().flush();
                    throw new IOException("breaks");
                }
                exchange.getResponseHeaders().add("Content-Range", range);
                exchange.sendResponseHeaders(206, 100);
                exchange.getResponseBody().write(new byte[100]);
            });
            room.refused("", registry.name());
        }
    }

    @Test
    void busyRegistriesAreAskedAgain() {
        for (int status : List.of(429, 500, 502, 503, 504)) {
            registry.serve(IMAGE);
            registry.first(2, StubRegistry.MANIFEST, StubRegistry.status(status));
            registry.first(2, BLOB, StubRegistry.status(status, "Retry-After", "0"));
            room.pull(registry.name());
            room.images.remove(registry.name());
        }
        registry.on(StubRegistry.MANIFEST, StubRegistry.status(429));
        int before = registry.asked.size();
        assertTrue(room.refused("asked too often", registry.name()).remedy().contains("mirror"));
        assertEquals(4, registry.asked.size() - before, "as often as the policy says");
    }

    @Test
    void whatDoesNotPassIsAskedOnce() {
        for (int status : List.of(400, 401, 403, 404, 405, 410, 501)) {
            registry.on(StubRegistry.MANIFEST, StubRegistry.status(status));
            int before = registry.asked.size();
            room.refused("", registry.name());
            assertEquals(before + 1, registry.asked.size());
        }
    }

    @Test
    void howLongToWait() {
        RetryPolicy policy = new RetryPolicy(5, Duration.ofMillis(500), Duration.ofSeconds(60));
        for (int failed = 1; failed < 100; failed++) {
            Duration pause = policy.pause(failed);
            long full = Math.min(60_000, 500L << Math.min(failed - 1, 10));
            assertTrue(pause.toMillis() <= full && pause.toMillis() >= full / 2 - 1, failed + ": " + pause);
        }
        assertEquals(Duration.ofSeconds(7), policy.pause(1, after("7")));
        assertEquals(Duration.ofSeconds(60), policy.pause(1, after("86400")), "not as long as a server likes");
        assertEquals(Duration.ofSeconds(60), policy.pause(1, after("999999999")));
        Duration date = policy.pause(1, after(DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(30))));
        assertTrue(date.toSeconds() >= 25 && date.toSeconds() <= 30, date.toString());
        assertEquals(Duration.ZERO, policy.pause(1, after("Sun, 06 Nov 1994 08:49:37 GMT")));
        for (String junk : List.of("soon", "-5", "1e9", "99999999999999999999", "\u0661")) {
            assertTrue(policy.pause(1, after(junk)).toMillis() <= 500, junk);
        }
    }

    private static HttpHeaders after(String value) {
        return HttpHeaders.of(Map.of("Retry-After", List.of(value)), (a, b) -> true);
    }
}
