package dev.caisson.core.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.ContainerSpec;
import dev.caisson.InvalidSpec;
import dev.caisson.Stdin;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.StringLength;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CommandLineTest {
    private static final List<String> NONE = List.of();
    private static final List<String> E = List.of("/entry", "-e");
    private static final List<String> C = List.of("cmd", "-c");
    private static final List<String> GIVEN_E = List.of("/mine");
    private static final List<String> GIVEN_C = List.of("arg");

    /** Docker's table ("Understand how CMD and ENTRYPOINT interact", and {@code docker run --entrypoint}): image's, given, what runs. */
    static Stream<Arguments> table() {
        return Stream.of(
                Arguments.of(NONE, C, null, null, List.of("cmd", "-c")),
                Arguments.of(E, NONE, null, null, List.of("/entry", "-e")),
                Arguments.of(E, C, null, null, List.of("/entry", "-e", "cmd", "-c")),
                Arguments.of(NONE, C, null, GIVEN_C, List.of("arg")),
                Arguments.of(E, C, null, GIVEN_C, List.of("/entry", "-e", "arg")),
                Arguments.of(E, C, null, NONE, List.of("/entry", "-e")),
                Arguments.of(E, C, GIVEN_E, null, List.of("/mine")),
                Arguments.of(E, C, GIVEN_E, GIVEN_C, List.of("/mine", "arg")),
                Arguments.of(NONE, NONE, GIVEN_E, GIVEN_C, List.of("/mine", "arg")),
                Arguments.of(E, C, NONE, GIVEN_C, List.of("arg")),
                Arguments.of(NONE, NONE, null, GIVEN_C, List.of("arg")));
    }

    private static ContainerSpec.Process process(@Nullable List<String> entrypoint, @Nullable List<String> command) {
        return new ContainerSpec.Process(entrypoint, command, Map.of(), null, null, List.of(), Stdin.NONE, false, false, 0, Map.of());
    }

    private static ImageDefaults image(List<String> entrypoint, List<String> command) {
        return new ImageDefaults(entrypoint, command, List.of(), "", "", "", List.of(), null, "", List.of(),
                dev.caisson.HealthCheck.OF_IMAGE, List.of());
    }

    @ParameterizedTest
    @MethodSource("table")
    void dockersTable(List<String> entrypoint, List<String> command, @Nullable List<String> givenEntrypoint, @Nullable List<String> givenCommand,
            List<String> expected) {
        assertEquals(expected, CommandLine.argv(process(givenEntrypoint, givenCommand), image(entrypoint, command)));
    }

    @Test
    void nothingToRun() {
        for (ContainerSpec.Process given : List.of(process(null, null), process(NONE, null), process(null, NONE), process(List.of(""), GIVEN_C))) {
            assertThrows(InvalidSpec.class, () -> CommandLine.argv(given, ImageDefaults.NONE));
        }
        assertThrows(InvalidSpec.class, () -> CommandLine.argv(process(NONE, null), image(E, C)), "an empty entrypoint drops the image's command as well");
        assertThrows(InvalidSpec.class, () -> CommandLine.argv(process(null, null), image(List.of(""), C)));
    }

    static Stream<Arguments> candidates() {
        return Stream.of(
                Arguments.of("/bin/sh", "/usr/bin:/bin", "/w", List.of("/bin/sh")),
                Arguments.of("sh", "/usr/bin:/bin", "/w", List.of("/usr/bin/sh", "/bin/sh")),
                Arguments.of("./sh", "/usr/bin", "/w", List.of("/w/./sh")),
                Arguments.of("bin/sh", "/usr/bin", "/", List.of("/bin/sh")),
                Arguments.of("sh", "", "/w", List.of("/w/sh")),
                Arguments.of("sh", "/bin:", "/w", List.of("/bin/sh", "/w/sh")),
                Arguments.of("sh", ":/bin", "/w", List.of("/w/sh", "/bin/sh")),
                Arguments.of("sh", "/bin::/bin/", "/w", List.of("/bin/sh", "/w/sh")),
                Arguments.of("sh", "rel:/bin:/bin", "/w/", List.of("/w/rel/sh", "/bin/sh")));
    }

    @ParameterizedTest
    @MethodSource("candidates")
    void whereItIsLookedFor(String program, String path, String workdir, List<String> expected) {
        assertEquals(expected, CommandLine.candidates(program, path, workdir));
    }

    @Property
    void everyCandidateIsAbsoluteAndEndsInTheProgram(@ForAll @AlphaChars @StringLength(min = 1, max = 8) String program, @ForAll List<@AlphaChars String> path) {
        List<String> all = CommandLine.candidates(program, String.join(":", path), "/w");
        all.forEach(c -> assertEquals("/", c.substring(0, 1)));
        all.forEach(c -> assertEquals("/" + program, c.substring(c.length() - program.length() - 1)));
        assertEquals(all.size(), all.stream().distinct().count());
    }
}
