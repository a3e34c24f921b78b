package dev.caisson.core.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.content.Digest;
import dev.caisson.core.image.DocumentTree;
import dev.caisson.core.serve.LeaseBook.Key;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LeaseBookTest {
    private static final Duration FETCHED = Duration.ofMinutes(5);
    private static final Duration PUSHED = Duration.ofHours(1);

    private long now;
    private final LeaseBook book = new LeaseBook(() -> now);
    private final List<Digest> ended = new ArrayList<>();

    private static Digest digest(int n) {
        return new Digest("sha256", String.format("%064x", n));
    }

    private void hold(String name, int document, boolean pushed, int... blobs) {
        Set<Digest> all = new java.util.HashSet<>();
        for (int blob : blobs) {
            all.add(digest(blob));
        }
        book.hold(new Key(name, digest(document)), new DocumentTree(Set.of(digest(document)), all), pushed, () -> ended.add(digest(document)));
    }

    private void later(Duration time) {
        now += time.toNanos();
    }

    @Test
    void whoeverAsksKeepsIt() {
        hold("app", 1, false, 10, 11);
        for (int i = 0; i < 3; i++) {
            later(FETCHED.minusSeconds(1));
            assertEquals(List.of(), book.expire(FETCHED, PUSHED));
            assertTrue(i == 0 ? book.covers("app", digest(11)) : book.renew(new Key("app", digest(1))));
        }
        assertFalse(book.covers("other", digest(10)), "another repository");
        later(FETCHED);
        assertEquals(List.of(new Key("app", digest(1))), book.expire(FETCHED, PUSHED));
        assertEquals(List.of(digest(1)), ended);
        assertFalse(book.covers("app", digest(10)));
    }

    @Test
    void whatIsBeingSentDoesNotEnd() {
        hold("app", 1, false, 10);
        Runnable sent = book.sending("app", digest(10));
        later(PUSHED);
        assertEquals(List.of(), book.expire(Duration.ZERO, Duration.ZERO));
        sent.run();
        later(FETCHED.minusSeconds(1));
        assertEquals(List.of(), book.expire(FETCHED, PUSHED), "its client comes for the next one");
        later(Duration.ofSeconds(1));
        assertEquals(1, book.expire(FETCHED, PUSHED).size());
    }

    @Test
    void whatWasPushedWaitsForItsManifest() {
        hold("app", 1, true, 10);
        hold("app", 2, true);
        hold("app", 3, false);
        later(FETCHED);
        assertEquals(List.of(new Key("app", digest(3))), book.expire(FETCHED, PUSHED));
        book.settled("app", new DocumentTree(Set.of(digest(9), digest(1)), Set.of()));
        assertEquals(List.of(digest(3), digest(1)), ended);
        later(PUSHED);
        assertEquals(List.of(new Key("app", digest(2))), book.expire(FETCHED, PUSHED));
    }

    @Test
    void thereIsAnEndToThem() {
        hold("app", 1, false, 10);
        hold("app", 2, true, 10);
        hold("app", 3, false, 10);
        Runnable sent = book.sending("app", digest(10));
        for (int i = 0; i < LeaseBook.MOST; i++) {
            hold("many", 100 + i, false);
        }
        assertEquals(List.of(digest(100), digest(101), digest(102)), ended, "those longest ago, but not what is being sent");
        sent.run();
        hold("app", 1, false, 10);
        assertEquals(digest(1), ended.get(3), "a second one replaces it");
        book.close();
        assertEquals(LeaseBook.MOST + 4, ended.size());
    }
}
