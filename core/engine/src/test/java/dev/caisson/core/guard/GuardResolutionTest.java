package dev.caisson.core.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.core.launch.Op;
import dev.caisson.core.launch.OpCode;
import dev.caisson.core.launch.OpFlags;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Row 22: the guard makes what is missing of a path, for which it takes the path apart. In trees of links at random each directory that it makes is where a process
 * whose root is that tree (chroot(2)) finds it by the same path; what it refuses is nowhere.
 */
@Tag("host")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuardResolutionTest {
    private static final String[] NAMES = {"a", "b", "c"};
    private static final int TREES = 40;
    private static final int PATHS = 60;
    /** What was made, by name, and what is found by path; prints where they differ, then how many were made. */
    private static final String ORACLE = """
            import os, sys
            os.chroot('/mnt'); os.chdir('/')
            made = {n: os.lstat(d + '/' + n).st_ino for d, ds, fs in os.walk('/') for n in ds + fs if n.startswith('made-')}
            for p in sys.argv[1:]:
                try:
                    found = os.stat(p).st_ino
                except OSError:
                    found = None
                there = made.get(p.rstrip('/').split('/')[-1])
                if there != found:
                    print('differs', p, there, found)
            print(len(made))
            """;
    private final Random random = new Random(22);

    @Test
    void aDirectoryIsMadeWhereItsPathLeads() {
        int made = 0;
        try (GuardUnderTest guard = new GuardUnderTest()) {
            for (int i = 0; i < TREES; i++) {
                List<String> paths = IntStream.range(0, PATHS).mapToObj(n -> path(5) + "/made-" + n + (random.nextInt(4) == 0 ? "/" : "")).toList();
                HostTree tree = HostTree.tree();
                fill(tree, "", 3);
                paths.forEach(p -> tree.before(Op.of(OpCode.MKDIR).slot(HostTree.SCRATCH).s(p).a(0755).flags(OpFlags.OPTIONAL)));
                List<String> argv = new ArrayList<>(List.of("/usr/bin/python3", "-c", ORACLE));
                argv.addAll(paths);
                HostTree.Result result = HostTree.run(guard, tree.exec(argv.toArray(String[]::new)));
                assertTrue(result.output().matches("\\d+\n"), () -> result.output() + result.answers());
                made += Integer.parseInt(result.output().strip());
            }
        }
        assertTrue(made > TREES * PATHS / 4 && made < TREES * PATHS, made + " of " + TREES * PATHS + " were made, the others refused");
        assertEquals(0, new java.io.File("/").list((dir, name) -> name.startsWith("made-")).length, "nothing on the host");
    }

    private void fill(HostTree tree, String directory, int levels) {
        for (String name : NAMES) {
            String path = directory + "/" + name;
            switch (random.nextInt(levels > 0 ? 6 : 3)) {
                case 0 -> { }
                case 1, 2 -> tree.before(Op.of(OpCode.SYMLINK).slot(HostTree.SCRATCH).s(path).t(path(4)));
                default -> {
                    tree.before(Op.of(OpCode.MKDIR).slot(HostTree.SCRATCH).s(path).a(0755));
                    fill(tree, path, levels - 1);
                }
            }
        }
    }

    private String path(int most) {
        StringBuilder path = new StringBuilder(random.nextInt(3) == 0 ? "/" : "");
        for (int i = random.nextInt(most); i >= 0; i--) {
            int dice = random.nextInt(12);
            path.append(dice < 2 ? ".." : dice == 2 ? "." : dice == 3 ? "new" : NAMES[dice % 3]).append(i > 0 ? "/" : "");
        }
        return path.toString();
    }
}
