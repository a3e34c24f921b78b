package dev.caisson.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import dev.caisson.spi.OptionSpec.Type;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {
    private static final List<OptionSpec> SCHEMA = List.of(new OptionSpec("tag", Type.STRING, "{{.ID}}", "text"),
            new OptionSpec("compress", Type.BOOLEAN, "false", "whether"), new OptionSpec("max-file", Type.INTEGER, "1", "files"),
            new OptionSpec("max-size", Type.SIZE, "-1", "bytes"), new OptionSpec("wait", Type.DURATION, "1s", "time"),
            new OptionSpec("labels", Type.LIST, "", "names"), new OptionSpec("env-regex", Type.REGEX, "", "expression"));

    private static Options of(String name, String text) {
        return Options.of("log driver x", SCHEMA, Map.of(name, text));
    }

    @Test
    void defaultsAreWhatIsRead() {
        Options none = Options.of("log driver x", SCHEMA, Map.of());
        assertEquals("{{.ID}}", none.text("tag"));
        assertFalse(none.flag("compress") || none.has("compress"));
        assertEquals(1, none.number("max-file"));
        assertEquals(-1, none.number("max-size"));
        assertEquals(Duration.ofSeconds(1), none.duration("wait"));
        assertEquals(List.of(), none.list("labels"));
        assertEquals("", none.regex("env-regex").pattern());
        assertEquals(Map.of(), none.given());
    }

    @Test
    void whatIsGivenBeatsTheDefault() {
        assertEquals("t", of("tag", "t").text("tag"));
        assertTrue(of("compress", "T").flag("compress") && of("compress", "true").has("compress"));
        assertEquals(-3, of("max-file", " -3 ").number("max-file"));
        assertEquals(10 << 20, of("max-size", "10m").number("max-size"));
        assertEquals(Duration.ofMillis(90_100), of("wait", "1m30s100ms").duration("wait"));
        assertEquals(List.of("a", "b"), of("labels", "a , b").list("labels"));
        assertEquals("^A.*", of("env-regex", "^A.*").regex("env-regex").pattern());
    }

    @ParameterizedTest
    @CsvSource({"compress,yes,neither true nor false", "max-file,1.5,not a whole number", "max-file,99999999999999999999,not a whole number",
            "max-size,10x,unknown unit", "max-size,-2,not a size", "wait,10,not a duration", "env-regex,(,not a regular expression"})
    void aTextThatDoesNotFit(String name, String text, String why) {
        InvalidSpec.Problem problem = assertThrows(InvalidSpec.class, () -> of(name, text)).problems().get(0);
        assertEquals("log driver x option '" + name + "'", problem.field());
        assertTrue(problem.why().contains(why) && problem.why().contains("'" + text + "'"), problem::why);
        assertEquals(SCHEMA.stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow().doc(), problem.remedy());
    }

    @Test
    void allProblemsAtOnceInOrderOfTheirNames() {
        InvalidSpec e = assertThrows(InvalidSpec.class, () -> Options.of("log driver x", SCHEMA, Map.of("max-sise", "1", "wait", "x", "nonsense", "")));
        assertEquals(List.of("log driver x option 'max-sise': is unknown (did you mean 'max-size'?)",
                "log driver x option 'nonsense': is unknown (known options: compress, env-regex, labels, max-file, max-size, tag, wait)",
                "log driver x option 'wait': 'x' is not a duration; write numbers with ns, us, ms, s, m or h, such as 1m30s (time)"),
                e.problems().stream().map(InvalidSpec.Problem::toString).toList());
    }

    @Test
    void aDriverCannotReadWhatItDidNotDeclare() {
        Options options = Options.of("log driver x", SCHEMA, Map.of());
        assertThrows(IllegalStateException.class, () -> options.flag("other"));
        assertThrows(IllegalStateException.class, () -> options.text("other"));
    }

    @Property
    void anyTextOfAnyTypeIsReadOrRefused(@ForAll String text) {
        for (OptionSpec spec : SCHEMA) {
            try {
                Options options = of(spec.name(), text);
                assertEquals(text, options.text(spec.name()));
                switch (spec.type()) {
                    case STRING -> { }
                    case BOOLEAN -> options.flag(spec.name());
                    case INTEGER, SIZE -> options.number(spec.name());
                    case DURATION -> options.duration(spec.name());
                    case LIST -> assertTrue(options.list(spec.name()).size() <= text.length());
                    case REGEX -> options.regex(spec.name());
                }
            } catch (InvalidSpec e) {
                assertEquals(1, e.problems().size());
            }
        }
    }

    @Property
    void listsRoundTrip(@ForAll List<@net.jqwik.api.constraints.AlphaChars @net.jqwik.api.constraints.StringLength(min = 1, max = 9) String> names) {
        assertEquals(names, of("labels", String.join(",", names)).list("labels"));
    }

    @Test
    void everyTypeIsTested() {
        assertEquals(Arrays.asList(Type.values()), SCHEMA.stream().map(OptionSpec::type).toList());
    }
}
