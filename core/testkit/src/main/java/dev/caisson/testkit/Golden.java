package dev.caisson.core.plan;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A text kept among the test resources. {@code mvn -pl core/engine -am test -Dtest=PlanGoldenTest -Dgolden.update=true} writes what is produced now. */
final class Golden {
    private static final Path DIRECTORY = Path.of("src/test/resources/dev/caisson/core/plan");
    private static final int CONTEXT = 2;

    private Golden() {}

    static void check(String name, String actual) throws IOException {
        Path file = DIRECTORY.resolve(name + ".plan");
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(DIRECTORY);
            Files.writeString(file, actual);
        }
        String expected = Files.exists(file) ? Files.readString(file) : "";
        if (!expected.equals(actual)) {
            fail("the plan '" + name + "' is not what " + file + " says (- golden, + now); if it is meant, run with -Dgolden.update=true and read the diff\n"
                    + difference(expected.lines().toList(), actual.lines().toList()));
        }
    }

    /** Lines that went and came, with a little around them (longest common subsequence). */
    static String difference(List<String> old, List<String> now) {
        int[][] common = new int[old.size() + 1][now.size() + 1];
        for (int i = old.size() - 1; i >= 0; i--) {
            for (int j = now.size() - 1; j >= 0; j--) {
                common[i][j] = old.get(i).equals(now.get(j)) ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        List<String> lines = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < old.size() || j < now.size()) {
            if (i < old.size() && j < now.size() && old.get(i).equals(now.get(j))) {
                lines.add("  " + old.get(i++));
                j++;
            } else if (i < old.size() && (j == now.size() || common[i + 1][j] >= common[i][j + 1])) {
                lines.add("- " + old.get(i++));
            } else {
                lines.add("+ " + now.get(j++));
            }
        }
        return around(lines);
    }

    private static String around(List<String> lines) {
        StringBuilder text = new StringBuilder();
        boolean gap = false;
        for (int i = 0; i < lines.size(); i++) {
            boolean near = lines.subList(Math.max(0, i - CONTEXT), Math.min(lines.size(), i + CONTEXT + 1)).stream().anyMatch(l -> !l.startsWith("  "));
            text.append(near ? lines.get(i) + "\n" : gap ? "" : "  …\n");
            gap = !near;
        }
        return text.toString();
    }
}
