package dev.caisson.testkit;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A text kept in a file of the repository. {@code -DargLine=-Dgolden.update=true} writes what is produced now. */
public final class Golden {
    private static final int CONTEXT = 2;

    private Golden() {}

    /**
     * Fails, showing the lines that differ, if {@code file} does not hold {@code actual}.
     *
     * @param file relative to the module's directory
     */
    public static void check(Path file, String actual) throws IOException {
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, actual);
        }
        String expected = Files.exists(file) ? Files.readString(file) : "";
        if (!expected.equals(actual)) {
            fail("not what " + file + " says (- golden, + now); if it is meant, run with -DargLine=-Dgolden.update=true and read the diff\n"
                    + difference(expected.lines().toList(), actual.lines().toList()));
        }
    }

    /** Lines that went and came, with a little around them (longest common subsequence). */
    public static String difference(List<String> old, List<String> now) {
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
