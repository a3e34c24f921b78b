package dev.caisson.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimedNamesTest {
    private static final int ROUNDS = 500;

    @TempDir
    private Path root;
    private ClaimedNames one;
    private ClaimedNames two;

    @BeforeEach
    void open() throws IOException {
        Files.createDirectory(root.resolve("names"));
        one = ClaimedNames.open(root, "one");
        two = ClaimedNames.open(root, "two");
    }

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    @Test
    void eachKindHasNamesOfItsOwn() {
        one.claim("web", "c1");
        two.claimNetwork("web", "n1");
        assertTrue(two.claimUsers(7, "c2"));
        assertEquals("networks().create(\"web\"): is the name of network n1 of engine two (remove that one or choose another name)",
                assertThrows(InvalidSpec.class, () -> one.claimNetwork("web", "n2")).problems().get(0).toString());
        assertEquals(false, one.claimUsers(7, "c3"));
        two.freeNetwork("web");
        two.freeUsers(7);
        one.claimNetwork("web", "n2");
        assertTrue(one.claimUsers(7, "c3"));
    }

    @Test
    void whatADeadEngineHadIsFree() {
        one.claim("web", "c1");
        one.claim("db", "c2");
        two.claim("cache", "c3");
        ClaimedNames.sweep(root, "one", Set.of("c2"));
        two.claim("web", "c4");
        assertThrows(InvalidSpec.class, () -> two.claim("db", "c5"));
        assertThrows(InvalidSpec.class, () -> two.claim("cache", "c6"));
    }

    /** Who is refused is told the holder's name, which may be freed at that instant. */
    @Test
    void namesThatComeAndGoAreRefusedByNameOrGiven() {
        CompletableFuture<Void> other = CompletableFuture.runAsync(() -> rounds(two, "theirs"));
        rounds(one, "ours");
        other.join();
        one.claim("web", "last");
    }

    private static void rounds(ClaimedNames names, String container) {
        for (int i = 0; i < ROUNDS; i++) {
            try {
                names.claim("web", container);
                names.free("web");
            } catch (InvalidSpec taken) {
                assertTrue(taken.getMessage().contains("of container"), taken::getMessage);
            }
        }
    }
}
