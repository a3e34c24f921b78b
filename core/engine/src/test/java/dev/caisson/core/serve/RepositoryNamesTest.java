package dev.caisson.core.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.image.ImageReference;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class RepositoryNamesTest {
    /** The grammar of repositories in the distribution specification. */
    private static final String GRAMMAR = "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*";

    private static Optional<String> repository(String reference) {
        return RepositoryNames.repository(ImageReference.parse(reference));
    }

    @Example
    void asPeopleWriteThem() {
        assertEquals(Optional.of("library/nginx"), repository("nginx"));
        assertEquals(Optional.of("team/app"), repository("team/app:1"));
        assertEquals(Optional.of("example.org/team/app"), repository("example.org/team/app"));
        assertEquals(Optional.of("example.org__5000/app"), repository("example.org:5000/app"));
        assertEquals(Optional.of("localhost/app"), repository("localhost/app"));
        assertEquals(Optional.of("docker.io/example.org/app"), repository("docker.io/example.org/app"), "example.org/app is another's");
        assertEquals(Optional.of("docker.io/a__1/app"), repository("a__1/app"), "a__1/app is another's");
        assertEquals(Optional.empty(), repository("[::1]:5000/app"));
        assertEquals(Optional.empty(), repository("Example.org/app"));
        assertEquals(Optional.of("docker.io/library/nginx"), RepositoryNames.reference("nginx"));
        assertEquals(Optional.of("docker.io/library/nginx"), RepositoryNames.reference("docker.io/nginx"));
        assertEquals(Optional.empty(), RepositoryNames.reference("a".repeat(64)));
        assertEquals(Optional.empty(), RepositoryNames.reference("example.org__99999/app"));
    }

    @Provide
    Arbitrary<String> names() {
        Arbitrary<String> word = Arbitraries.strings().withChars("ab0").ofMinLength(1).ofMaxLength(4);
        Arbitrary<String> component = Combinators.combine(word, Arbitraries.of("", ".", "_", "__", "-", "--"), word).as((a, between, b) -> a + between + b);
        Arbitrary<String> domain = Arbitraries.of("", "docker.io/", "localhost/", "a.b/", "a.b:5000/", "localhost:1/", "[::1]:5/", "A.b/");
        return Combinators.combine(domain, component.list().ofMinSize(1).ofMaxSize(3)).as((d, all) -> d + String.join("/", all));
    }

    /** Whatever is shown is a repository's name, and stands for what it was made of and nothing else. */
    @Property
    void thereAndBack(@ForAll("names") String text) {
        ImageReference name = ImageReference.parse(text);
        Optional<String> repository = RepositoryNames.repository(name);
        repository.ifPresent(r -> {
            assertTrue(r.matches(GRAMMAR), r);
            assertEquals(Optional.of(name.name()), RepositoryNames.reference(r));
        });
        assertEquals(name.domain().startsWith("[") || name.domain().startsWith("A"), repository.isEmpty());
    }

    @Property
    void anythingIsANameOrNone(@ForAll String text) {
        RepositoryNames.reference(text).ifPresent(name -> assertEquals(name, ImageReference.parse(name).name()));
    }
}
