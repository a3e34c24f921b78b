package dev.caisson.core.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.ImageProblem;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The grammar of distribution/reference, with its own test cases. */
class ImageReferenceTest {
    private static final String HEX = "a".repeat(64);

    @ParameterizedTest
    @CsvSource({
            "nginx, docker.io/library/nginx:latest, nginx:latest",
            "nginx:1.27, docker.io/library/nginx:1.27, nginx:1.27",
            "user/app, docker.io/user/app:latest, user/app:latest",
            "docker.io/nginx, docker.io/library/nginx:latest, nginx:latest",
            "index.docker.io/a/b, docker.io/a/b:latest, a/b:latest",
            "localhost/app, localhost/app:latest, localhost/app:latest",
            "localhost:5000/app:v1, localhost:5000/app:v1, localhost:5000/app:v1",
            "test:5000/repo, test:5000/repo:latest, test:5000/repo:latest",
            "[2001:db8::1]:5000/repo:tag, [2001:db8::1]:5000/repo:tag, [2001:db8::1]:5000/repo:tag",
            "[::1]/repo, [::1]/repo:latest, [::1]/repo:latest",
            "quay.io/a/b/c_d__e-f--g.h:A_.-9, quay.io/a/b/c_d__e-f--g.h:A_.-9, quay.io/a/b/c_d__e-f--g.h:A_.-9",
            "Foo/bar, Foo/bar:latest, Foo/bar:latest",
            "library/nginx, docker.io/library/nginx:latest, nginx:latest"})
    void normalised(String text, String full, String familiar) {
        ImageReference reference = ImageReference.parse(text);
        assertEquals(full, reference.toString());
        assertEquals(familiar, reference.familiar());
        assertEquals(reference, ImageReference.parse(familiar));
    }

    @Test
    void digests() {
        assertEquals("docker.io/library/nginx@sha256:" + HEX, ImageReference.parse("nginx@sha256:" + HEX).toString());
        ImageReference both = ImageReference.parse("nginx:1@sha256:" + HEX);
        assertEquals("1", both.tag());
        assertEquals(HEX, both.digest().hex());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":", "/", "@", "a/", "/a", "a//b", "A", "nginx:", "nginx:.x", "nginx:-x", "a..b", "a___b", "a._b", "a-.b", "-a", "a-", "_a", "a/-b",
            "a@sha256:1", "a@md5:00", "a b", "a:b:c", "localhost:/a", "localhost:99999/a", "localhost:x/a", "[::1/a", "[]/a", "[xyz]:1/a", "..:80/a", "-x.y/a", "x-.y/a",
            "https://nginx", "a:b/c", "../../etc/passwd", "./a", "a\n", "nginx\u0000", "n\u0131ginx", "a@", "@sha256:", "localhost:5000"})
    void refused(String text) {
        if (text.equals("localhost:5000")) {
            assertEquals("docker.io/library/localhost:5000", ImageReference.parse(text).toString());
            return;
        }
        ImageProblem problem = assertThrows(ImageProblem.class, () -> ImageReference.parse(text));
        assertTrue(problem.remedy().contains("nginx:1.27") || problem.remedy().contains("digest"), problem.getMessage());
    }

    @Test
    void bounds() {
        assertThrows(ImageProblem.class, () -> ImageReference.parse(HEX));
        assertThrows(ImageProblem.class, () -> ImageReference.parse("a".repeat(256)));
        assertThrows(ImageProblem.class, () -> ImageReference.parse("a:" + "t".repeat(129)));
        assertEquals(128, ImageReference.parse("a:" + "t".repeat(128)).tag().length());
        // Inputs on which backtracking expressions take for ever.
        for (String text : List.of("a-".repeat(2000), "a" + "_".repeat(4000), "a.".repeat(2048), "1/".repeat(2048), "[" + ":".repeat(4000))) {
            assertTimeoutPreemptively(Duration.ofSeconds(30), () -> assertThrows(ImageProblem.class, () -> ImageReference.parse(text)));
        }
    }

    @Property
    void parsedOrRefusedAndStable(@ForAll("texts") String text) {
        ImageReference reference;
        try {
            reference = ImageReference.parse(text);
        } catch (ImageProblem expected) {
            return;
        }
        assertEquals(reference, ImageReference.parse(reference.toString()));
        assertTrue(reference.path().matches("[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*"), text);
        assertTrue(reference.domain().matches("(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(\\.([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\\[[a-fA-F0-9:.]+\\])(:[0-9]+)?"),
                text);
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.oneOf(Arbitraries.strings().withChars("ab1.-_:/@[]AL").ofMaxLength(20), Arbitraries.strings().ofMaxLength(10));
    }

    /** Row 90: each character is looked at a few times, whatever the text; one that made a pattern backtrack would not end within the time of a hundred thousand. */
    @Test
    @org.junit.jupiter.api.Timeout(60)
    void whatWouldMakeAPatternBacktrack() {
        for (String part : new String[] {"a", "a.", "a-", "a_", "a__", "/", "a/", ":", "@", "1.", "[", "[::", "]", "--", "A", "\u0000", "\ud800"}) {
            for (String end : new String[] {"", "!", ":", "@sha256:", "/"}) {
                for (int length : new int[] {200, 4000, 4096, 5000}) {
                    String text = part.repeat(length / part.length()) + end;
                    for (int again = 0; again < 300; again++) {
                        try {
                            assertTrue(ImageReference.parse(text).toString().length() < 1000);
                        } catch (ImageProblem e) {
                            assertTrue(e.getMessage().length() < 1000, "a message is not the text again");
                        }
                    }
                }
            }
        }
    }
}
