package dev.caisson.core.spec;

import dev.caisson.ContainerSpec;
import dev.caisson.InvalidSpec;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Which program runs, with which arguments, and where it is looked for. */
public final class CommandLine {
    private CommandLine() {}

    /**
     * The argument vector: entrypoint and command of the builder on top of the image's, where an entrypoint of the builder's drops the image's command
     * (docker's rule).
     *
     * @throws InvalidSpec if neither names a program
     */
    public static List<String> argv(ContainerSpec.Process process, ImageDefaults image) {
        List<String> entrypoint = process.entrypoint() != null ? process.entrypoint() : image.entrypoint();
        List<String> command = process.command() != null ? process.command()
                : process.entrypoint() != null ? List.of() : image.command();
        List<String> argv = new ArrayList<>(entrypoint);
        argv.addAll(command);
        if (argv.isEmpty() || argv.get(0).isEmpty()) {
            throw new InvalidSpec("command(…)", "neither the builder nor the image names a program", "give a command, such as command(\"sh\", \"-c\", \"…\")");
        }
        return argv;
    }

    /**
     * The absolute paths to be tried in order. A name with a slash is taken relative to the working directory, as execve(2) does.
     *
     * @param path the container's PATH
     */
    public static List<String> candidates(String program, String path, String workdir) {
        if (program.startsWith("/")) {
            return List.of(program);
        }
        if (program.indexOf('/') >= 0) {
            return List.of(join(workdir, program));
        }
        Set<String> candidates = new LinkedHashSet<>();
        for (String directory : path.split(":", -1)) {
            candidates.add(join(directory.isEmpty() ? workdir : directory.startsWith("/") ? directory : join(workdir, directory), program));
        }
        return List.copyOf(candidates);
    }

    private static String join(String directory, String name) {
        return directory.endsWith("/") ? directory + name : directory + "/" + name;
    }
}
