package dev.caisson.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Engine;
import dev.caisson.HealthBuilder;
import dev.caisson.NetworkEndpoint;
import dev.caisson.testkit.Golden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/docker-flags.md: every flag of {@code docker run} (docker CLI 29), and the call that does it. The page and the API keep in step. */
class DockerFlagsPageTest {
    private static final Path PAGE = Path.of("../..").toAbsolutePath().normalize().resolve("docs/docker-flags.md");
    /** What docker's own {@code docker run --help} lists. */
    private static final int FLAGS = 102;
    private static final Pattern CALL = Pattern.compile("(Container|Engine\\.Builder)?\\.(\\w+)\\(");
    private static final Map<String, Class<?>> OWNERS = Map.of("Container", Container.class, "Engine.Builder", Engine.Builder.class);

    /** @param call the one that stands for it; "" for none */
    record Flag(String name, String call, String note) {
        String meaning() {
            return call.isEmpty() ? "not needed" : "`" + call + "`";
        }
    }

    private static List<Flag> flags() throws IOException {
        try (var text = DockerFlagsPageTest.class.getResourceAsStream("docker-run-flags.tsv")) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8).lines().map(l -> l.split("\t", -1)).map(c -> new Flag(c[0], c[1], c[2])).toList();
        }
    }

    @Test
    void thePageIsTheTable() throws IOException {
        StringBuilder page = new StringBuilder("""
                # Which Docker flag is this

                Every flag of `docker run`, and the call on the builder that does it. Flags of Windows containers, and those for which
                there is nothing here, are refused by their names. This page is written by `DockerFlagsPageTest` from `docker-run-flags.tsv`.

                | Flag | Call | Note |
                | --- | --- | --- |
                """);
        for (Flag flag : flags()) {
            page.append("| `").append(flag.name()).append("` | ").append(flag.meaning()).append(" | ").append(flag.note()).append(" |\n");
        }
        Golden.check(PAGE, page.toString());
    }

    @Test
    void everyFlagIsThereOnce() throws IOException {
        List<String> names = flags().stream().map(Flag::name).toList();
        assertEquals(FLAGS, names.size());
        assertEquals(FLAGS, Set.copyOf(names).size());
    }

    @Test
    void everyCallExists() throws IOException {
        for (Flag flag : flags()) {
            if (flag.call().isEmpty()) {
                assertTrue(!flag.note().isEmpty(), flag + " says neither a call nor why there is none");
            } else {
                Matcher call = CALL.matcher(flag.call());
                assertTrue(call.find(), flag::toString);
                Class<?> owner = call.group(1) == null ? ContainerBuilder.class : OWNERS.get(call.group(1));
                assertTrue(methods(owner).contains(call.group(2)), flag + ": no such method");
                Matcher inner = Pattern.compile("\\b[hn]\\.(\\w+)\\(").matcher(flag.call());
                while (inner.find()) {
                    assertTrue(methods(flag.call().contains("h ->") ? HealthBuilder.class : NetworkEndpoint.class).contains(inner.group(1)), flag + ": no such method");
                }
            }
        }
    }

    private static Set<String> methods(Class<?> type) {
        return Arrays.stream(type.getMethods()).map(java.lang.reflect.Method::getName).collect(Collectors.toSet());
    }
}
