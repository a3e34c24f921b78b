package dev.caisson.core.content;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeasesTest {
    @TempDir
    Path temp;

    @Test
    void othersSeeThemUntilTheyEnd() {
        try (ContentStore mine = ContentStore.open(temp.resolve("c")); ContentStore others = ContentStore.open(temp.resolve("c"))) {
            Digest one = Digest.of("one".getBytes(StandardCharsets.US_ASCII));
            Digest two = new Digest("sha512", "a".repeat(128));
            Leases.Lease first = mine.leases().take(List.of(one, two));
            Leases.Lease second = others.leases().take(List.of(one));
            assertEquals(Set.of(one, two), others.leases().all());
            assertEquals(0, others.reclaim());
            first.close();
            first.close();
            assertEquals(Set.of(one), mine.leases().all());
            second.close();
            assertEquals(Set.of(), mine.leases().all());
        }
    }

    @Test
    void thoseOfTheDeadAreNone() throws Exception {
        try (ContentStore store = ContentStore.open(temp.resolve("c"))) {
            Path left = Files.writeString(temp.resolve("c/leases/00"), Digest.of(new byte[0]) + "\n");
            assertEquals(Set.of(), store.leases().all());
            assertEquals(false, Files.exists(left));
            Files.writeString(left, Digest.of(new byte[0]) + "\nsha2"); // cut off by a power failure
            assertEquals(1, store.reclaim(), "so that the next engine looks for what they held");
        }
    }
}
