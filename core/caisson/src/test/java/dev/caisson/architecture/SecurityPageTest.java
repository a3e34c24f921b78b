package dev.caisson.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.testkit.Golden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The table at the end of docs/security.md: each attack, what stands against it, and the tests that name its row in their comments ("Row 7", "Rows 2, 3 and 5"). An attack
 * without a test needs a reason. The same for faults ("Fault F3", "Faults F5 and F7").
 */
class SecurityPageTest {
    private static final Path TOP = Path.of("../..").toAbsolutePath().normalize();
    private static final Path PAGE = TOP.resolve("docs/security.md");
    private static final String BEGIN = "<!-- what follows is written by SecurityPageTest -->\n";
    private static final Pattern ROWS = Pattern.compile("\\b[Rr]ows? (\\d+(?:(?:, | and | to )\\d+)*)");
    private static final Pattern FAULTS = Pattern.compile("\\b[Ff]aults? (F\\d+(?:(?:, | and | to )F\\d+)*)");
    private static final String NOT_APPLICABLE = "n/a: ";

    record Attack(int row, String what, String defence) {}

    @Test
    void thePageIsWhatTheTestsSay() throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN);
        Golden.check(PAGE, (begin < 0 ? page : page.substring(0, begin)) + BEGIN + table());
    }

    @Test
    void everyAttackHasATestOrAReason() throws IOException {
        Map<Integer, Set<String>> tests = tests(ROWS);
        List<Integer> bare = attacks("attacks.tsv").stream().filter(a -> !a.defence().startsWith(NOT_APPLICABLE) && !tests.containsKey(a.row())).map(Attack::row).toList();
        assertEquals(List.of(), bare);
        assertEquals(List.of(), attacks("faults.tsv").stream().map(Attack::row).filter(row -> !faults().containsKey(row)).toList());
    }

    private static Map<Integer, Set<String>> faults() {
        try {
            return tests(FAULTS);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String table() throws IOException {
        Map<Integer, Set<String>> tests = tests(ROWS);
        StringBuilder table = new StringBuilder("\n| Row | Attack | Defence | Tests |\n| --- | --- | --- | --- |\n");
        for (Attack attack : attacks("attacks.tsv")) {
            boolean applies = !attack.defence().startsWith(NOT_APPLICABLE);
            table.append("| ").append(attack.row()).append(" | ").append(attack.what()).append(" | ")
                    .append(applies ? attack.defence() : "does not apply: " + attack.defence().substring(NOT_APPLICABLE.length())).append(" | ")
                    .append(applies ? String.join(", ", tests.get(attack.row())) : "").append(" |\n");
        }
        table.append("\n## Faults\n\nWhat may happen to a JVM and to containers, and what holds then.\n\n| Fault | What happens | What holds | Tests |\n| --- | --- | --- | --- |\n");
        Map<Integer, Set<String>> faults = faults();
        for (Attack fault : attacks("faults.tsv")) {
            table.append("| F").append(fault.row()).append(" | ").append(fault.what()).append(" | ").append(fault.defence()).append(" | ")
                    .append(String.join(", ", faults.get(fault.row()))).append(" |\n");
        }
        return table.toString();
    }

    private static List<Attack> attacks(String file) throws IOException {
        try (var text = SecurityPageTest.class.getResourceAsStream(file)) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8).lines().map(l -> l.split("\t")).map(c -> new Attack(Integer.parseInt(c[0].replace("F", "")), c[1], c[2])).toList();
        }
    }

    /** Classes of tests by the rows they name. */
    private static Map<Integer, Set<String>> tests(Pattern pattern) throws IOException {
        Map<Integer, Set<String>> tests = new TreeMap<>();
        List<Path> files = new ArrayList<>();
        for (String module : List.of("api", "core", "storage-drivers", "network", "logging-drivers")) {
            try (Stream<Path> all = Files.walk(TOP.resolve(module))) {
                all.filter(f -> f.toString().endsWith("Test.java") && f.toString().contains("/src/test/") && !f.endsWith("SecurityPageTest.java")).forEach(files::add);
            }
        }
        for (Path file : files) {
            Matcher named = pattern.matcher(Files.readString(file));
            while (named.find()) {
                rows(named.group(1)).forEach(row -> tests.computeIfAbsent(row, r -> new TreeSet<>()).add(link(file)));
            }
        }
        return tests;
    }

    static List<Integer> rows(String list) {
        List<Integer> rows = new ArrayList<>();
        Matcher one = Pattern.compile("(to )?F?(\\d+)").matcher(list);
        while (one.find()) {
            int row = Integer.parseInt(one.group(2));
            for (int between = one.group(1) == null ? row : rows.get(rows.size() - 1) + 1; between <= row; between++) {
                rows.add(between);
            }
        }
        return rows;
    }

    private static String link(Path file) {
        String name = file.getFileName().toString().replace(".java", "");
        return "[" + name + "](../" + TOP.relativize(file) + ")";
    }

    @Test
    void listsOfRowsAreRead() {
        assertEquals(List.of(2, 4, 5), rows("2, 4 and 5"));
        assertEquals(List.of(51, 52, 53, 58), rows("51 to 53, 58"));
        assertEquals(List.of(5, 7), rows("F5 and F7"));
    }
}
