package dev.caisson.samples;

import dev.caisson.Containers;
import dev.caisson.Execution;

/** A build step without an image: the host's own root, copy-on-write. The step may write anywhere; the host keeps nothing, the caller learns everything. */
public final class HostRootBuildStep {
    private static final String STEP = """
            cd /usr/local/src
            echo 'int main(void) { return 42; }' > answer.c
            cc -o /usr/local/bin/answer answer.c
            answer && exit 1
            echo "the answer is $?"
            """;

    private HostRootBuildStep() {}

    /** Compiles a program in {@code /usr/local}, runs it, and lists what changed. */
    public static void main(String[] args) {
        Execution build = compile();
        System.out.print(build.stdout());
        System.err.print(build.stderr());
        build.changes().forEach(System.out::println);
        System.out.println(build);
    }

    static Execution compile() {
        return Containers.hostRoot().networkNone().command("sh", "-c", STEP).execute();
    }
}
