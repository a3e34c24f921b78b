package dev.caisson.core.trust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ContentTrust;
import dev.caisson.TrustProblem;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;

/** Somebody who asks what is signed, and remembers. */
final class TrustRoom {
    static final String GUN = "registry.test/team/app";

    final Path directory;
    ContentTrust trust = ContentTrust.enforced();
    Clock clock = Clock.systemUTC();

    TrustRoom(Path directory) {
        this.directory = directory;
    }

    TrustRoom later(Duration time) {
        clock = Clock.offset(Clock.systemUTC(), time);
        return this;
    }

    SignedTags tags(MetadataSource source) {
        return new SignedTags(GUN, source, trust, new TrustStore(directory), clock);
    }

    /** The tag is what has this content. */
    void resolves(MetadataSource source, String tag, String content) {
        assertEquals(dev.caisson.core.content.Digest.of(content.getBytes(java.nio.charset.StandardCharsets.UTF_8)), tags(source).resolve(tag).digest());
    }

    /** It is refused, the error names role and reason, and says what to do. */
    TrustProblem refused(MetadataSource source, String tag, String role, String reason) {
        TrustProblem problem = assertThrows(TrustProblem.class, () -> tags(source).resolve(tag));
        assertEquals(role, problem.role(), problem::getMessage);
        assertTrue(problem.what().contains(reason), problem::getMessage);
        assertTrue(problem.what().contains(GUN), problem::getMessage);
        assertFalse(problem.remedy().isEmpty(), problem::getMessage);
        return problem;
    }
}
