package dev.caisson.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Row 22 of the security reference: paths at random in trees at random, full of links that climb, begin at the root, lead to each other or to nothing. Whatever
 * a path is in the eyes of a process whose root is that directory (chroot(2)), it is for the engine; and a directory that the engine makes is where that process finds it.
 */
@Tag("host")
class ResolutionTest {
    private static final String[] NAMES = {"a", "b", "c"};
    private static final int TREES = 60;
    private static final int PATHS = 120;
    /** Reads "tree ROOT" and paths; prints the inode of each as a process in ROOT sees it, or the name of the error. */
    private static final String ORACLE = """
            import errno, os, sys
            here = os.open('/', os.O_RDONLY)
            for line in sys.stdin:
                line = line[:-1]
                if line.startswith('tree '):
                    os.fchdir(here); os.chroot('.'); os.chroot(line[5:]); os.chdir('/')
                    continue
                try:
                    s = os.stat(line)
                    print(os.major(s.st_dev), os.minor(s.st_dev), s.st_ino)
                except OSError as e:
                    print(errno.errorcode[e.errno])
            """;

    private Path temp;
    private final Random random = new Random(22);
    private final List<String> asked = new ArrayList<>();
    private final List<String> found = new ArrayList<>();
    private int descriptors;

    @BeforeEach
    void make() throws IOException {
        Processes.getpid(); // what JNA opens once
        descriptors = Descriptors.count();
        temp = Files.createTempDirectory("caisson-resolution-");
    }

    @AfterEach
    void nothingIsLeft() {
        try (SafeRoot above = SafeRoot.open(temp.getParent())) {
            above.removeTree(temp.getFileName().toString());
        }
        assertEquals(descriptors, Descriptors.count());
    }

    @Test
    void aPathIsWhatAProcessInTheRootSees() throws Exception {
        for (int i = 0; i < TREES; i++) {
            try (SafeRoot root = SafeRoot.open(tree(i))) {
                for (int n = 0; n < PATHS; n++) {
                    String path = path(6);
                    ask(path, opened(root, path));
                }
            }
        }
        compare();
        long directories = found.stream().filter(f -> f.contains(" ")).count();
        for (String kind : new String[] {"ENOENT", "ENOTDIR", "ELOOP"}) {
            assertTrue(found.contains(kind), kind + " is among the answers");
        }
        assertTrue(directories > found.size() / 10, directories + " of " + found.size() + " are there");
    }

    /** Making is the one thing for which a path is taken apart before the kernel sees it. */
    @Test
    void aDirectoryIsMadeWhereAProcessInTheRootFindsIt() throws Exception {
        int made = 0;
        for (int i = 0; i < TREES * 4; i++) {
            Path tree = tree(i);
            try (SafeRoot root = SafeRoot.open(tree)) {
                String path = path(6);
                String before = opened(root, path);
                try (Fd directory = root.mkdirs(path, 0755)) {
                    ask(path, inode(directory));
                    made += before.equals("ENOENT") ? 1 : 0;
                } catch (SyscallException refused) {
                    assertTrue(!before.contains(" ") || refused.is(Errno.ENOTDIR), () -> path + " is there, and refused: " + refused.getMessage());
                }
            }
        }
        compare();
        assertTrue(made > TREES / 4, made + " were made");
        try (var all = Files.list(temp)) {
            assertEquals(TREES * 4, all.count(), "nothing was made beside the roots");
        }
    }

    private void ask(String path, String answer) {
        asked.add(path);
        found.add(answer);
    }

    /** Asks the process in the root about every path. */
    private void compare() throws IOException, InterruptedException {
        Path questions = Files.write(Files.createTempFile("caisson-questions", ""), asked, StandardCharsets.UTF_8);
        try {
            Process oracle = start(questions);
            List<String> answers = new String(oracle.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
            assertEquals(0, oracle.waitFor());
            List<String> paths = asked.stream().filter(a -> !a.startsWith("tree ")).toList();
            assertEquals(paths.size(), answers.size());
            for (int i = 0; i < paths.size(); i++) {
                int n = i;
                assertEquals(answers.get(i), found.get(i), () -> paths.get(n));
            }
        } finally {
            Files.delete(questions);
        }
    }

    private static Process start(Path questions) {
        try {
            return new ProcessBuilder("python3", "-c", ORACLE).redirectInput(questions.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        } catch (IOException e) {
            Assumptions.abort("no python3 to be the process in the root; remedy: apt-get install python3");
            throw new IllegalStateException(e);
        }
    }

    private static String opened(SafeRoot root, String path) {
        try (Fd fd = root.open(path, Fcntl.O_PATH, 0)) {
            return inode(fd);
        } catch (SyscallException e) {
            return Errno.name(e.errno());
        }
    }

    private static String inode(Fd fd) {
        Stat stat = FileCalls.fstat(fd);
        return stat.devMajor() + " " + stat.devMinor() + " " + stat.ino();
    }

    /** A root with three levels of directories, files and links. */
    private Path tree(int number) throws IOException {
        Path root = Files.createDirectory(temp.resolve("root" + number));
        asked.add("tree " + root);
        fill(root, 3);
        return root;
    }

    private void fill(Path directory, int levels) throws IOException {
        for (String name : NAMES) {
            switch (random.nextInt(levels > 0 ? 6 : 4)) {
                case 0 -> { }
                case 1 -> Files.writeString(directory.resolve(name), "");
                case 2, 3 -> Files.createSymbolicLink(directory.resolve(name), Path.of(path(4)));
                default -> {
                    Files.createDirectory(directory.resolve(name));
                    fill(directory.resolve(name), levels - 1);
                }
            }
        }
    }

    private String path(int most) {
        StringBuilder path = new StringBuilder(random.nextInt(3) == 0 ? "/" : "");
        for (int i = random.nextInt(most); i >= 0; i--) {
            int dice = random.nextInt(12);
            path.append(dice < 2 ? ".." : dice == 2 ? "." : dice == 3 ? "nothing" : NAMES[dice % 3]).append(i > 0 ? random.nextInt(8) == 0 ? "//" : "/" : random.nextInt(8) == 0 ? "/" : "");
        }
        return path.toString();
    }
}
