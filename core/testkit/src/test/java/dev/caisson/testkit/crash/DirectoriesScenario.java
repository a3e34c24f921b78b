package dev.caisson.testkit.crash;

import java.nio.file.Files;
import java.nio.file.Path;

/** Makes five directories below its operand itself, then two more through a child, then waits if told to. */
public final class DirectoriesScenario {
    private DirectoriesScenario() {}

    public static void main(String[] arguments) throws Exception {
        Path below = Path.of(arguments[0]);
        for (int i = 1; i <= 5; i++) {
            Files.createDirectory(below.resolve("own" + i));
            Progress.mark("own" + i);
        }
        int status = new ProcessBuilder("sh", "-c", "mkdir " + below + "/child1 && mkdir " + below + "/child2").inheritIO().start().waitFor();
        Progress.mark("child status " + status);
        if (arguments.length > 1) {
            Process child = new ProcessBuilder("sleep", "60").start();
            Progress.mark("waiting");
            child.waitFor();
            Progress.mark("child ended");
        }
    }
}
