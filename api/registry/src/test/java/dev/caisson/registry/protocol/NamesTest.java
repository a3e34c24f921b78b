package dev.caisson.registry.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Against the specification's own regular expressions (OCI distribution spec, "Pulling manifests"). security.md row 90. */
class NamesTest {
    private static final Pattern REPOSITORY = Pattern.compile("[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*");
    private static final Pattern TAG = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");

    @Provide
    Arbitrary<String> nearlyNames() {
        return Arbitraries.strings().withChars("a0.._-/").withChars('A', '\0', '%', '\\', ' ').ofMaxLength(12);
    }

    @Property(tries = 20_000)
    void repositories(@ForAll("nearlyNames") String name) {
        assertEquals(REPOSITORY.matcher(name).matches(), Names.isRepository(name), name);
    }

    @Property(tries = 20_000)
    void tags(@ForAll("nearlyNames") String tag) {
        assertEquals(TAG.matcher(tag).matches(), Names.isTag(tag), tag);
    }

    @Property
    void aNameStaysBelowItsDirectory(@ForAll("nearlyNames") String name) {
        Path root = Path.of("/srv/repositories");
        if (Names.isRepository(name)) {
            assertTrue(root.resolve(name).normalize().startsWith(root));
            assertEquals(root.resolve(name), root.resolve(name).normalize());
            assertFalse(name.startsWith("_") || name.contains("/_"), "which is where the registry keeps its own");
        }
    }
}
