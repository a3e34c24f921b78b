package dev.caisson.testkit.trace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds calls that let the host resolve a path an attacker controls: more than one component, or {@code ..}, below a container's
 * root, by anything but {@code openat2} with resolve flags. Any component but the last can be swapped for a symbolic link between
 * two calls; a single name below a descriptor cannot lead away (invariants 1 to 3 of the security reference).
 *
 * <p>A process that has called {@code pivot_root} is below a controlled root wherever it is, until its {@code execve}: from then on
 * it is the container's program and of no interest. Paths relative to a working directory that strace does not print are not judged.
 */
public final class TraceLint {
    private static final String TRACED = "trace=%file,mount,umount2,pivot_root,move_mount,mount_setattr,open_tree,fspick,openat2,openat,mkdirat,mknodat,unlinkat,fchownat,fchmodat,"
            + "newfstatat,statx,symlinkat,linkat,renameat2,utimensat,readlinkat,name_to_handle_at,clone,clone3,fork,vfork,execve";

    /** A call, the path it resolved, and what is wrong with that. */
    public record Violation(TracedCall call, String path, String reason) {
        @Override
        public String toString() {
            return reason + ": " + path + "\n    " + call;
        }
    }

    private enum Place {HOST, PIVOTED, PAYLOAD}

    private final List<Path> roots;
    private final Map<Integer, Place> places = new HashMap<>();
    private final List<Violation> violations = new ArrayList<>();

    private TraceLint(Set<Path> roots) {
        this.roots = List.copyOf(roots);
    }

    /** Judges a recorded trace. The roots are the controlled directories as the host names them, absolute and normalised. */
    public static List<Violation> check(List<TracedCall> calls, Set<Path> roots) {
        TraceLint lint = new TraceLint(roots);
        calls.forEach(lint::call);
        return lint.violations;
    }

    /** Runs the command under {@code strace -f -y} and judges what it and all its children did. Throws {@link AssertionError} when the command fails. */
    public static List<Violation> run(List<String> command, Set<Path> roots) throws IOException, InterruptedException {
        Path trace = Files.createTempFile("trace-lint", ".strace");
        try {
            List<String> all = Stream.concat(Stream.of("strace", "-f", "-y", "-qq", "-s", "4096", "-e", TRACED, "-o", trace.toString(), "--"), command.stream()).toList();
            int status = new ProcessBuilder(all).inheritIO().start().waitFor();
            if (status != 0) {
                throw new AssertionError(String.join(" ", all) + " failed with status " + status);
            }
            return check(StraceReader.read(Files.readAllLines(trace, StandardCharsets.ISO_8859_1)), roots);
        } finally {
            Files.deleteIfExists(trace);
        }
    }

    private void call(TracedCall call) {
        Place place = places.getOrDefault(call.pid(), Place.HOST);
        switch (call.name()) {
            case "clone", "clone3", "fork", "vfork" -> inherit(call, place);
            case "execve", "execveat" -> {
                if (place == Place.PIVOTED && call.succeeded()) {
                    places.put(call.pid(), Place.PAYLOAD);
                }
            }
            default -> {
                if (place != Place.PAYLOAD && !confined(call)) {
                    PathArgument.of(call.name()).forEach(at -> judge(call, at, place));
                }
                if (call.name().equals("pivot_root") && call.succeeded()) {
                    places.put(call.pid(), Place.PIVOTED);
                }
            }
        }
    }

    private void inherit(TracedCall call, Place place) {
        String child = call.result().split(" ")[0];
        if (child.matches("\\d{1,9}")) {
            places.merge(Integer.valueOf(child), place, (own, parents) -> own.compareTo(parents) > 0 ? own : parents);
        }
    }

    private static boolean confined(TracedCall call) {
        return call.name().equals("openat2") && call.argument(2).matches(".*RESOLVE_(IN_ROOT|BENEATH|NO_SYMLINKS).*");
    }

    private void judge(TracedCall call, PathArgument at, Place place) {
        Optional<String> path = StraceReader.string(call.argument(at.path()));
        if (path.isEmpty() || path.get().isEmpty()) {
            return;
        }
        Optional<String> directory = path.get().startsWith("/") ? Optional.of("/") : StraceReader.path(call.argument(at.directory()));
        if (directory.isEmpty() || !directory.get().startsWith("/") || path.get().indexOf('\0') >= 0) {
            return;
        }
        Path from = Path.of(directory.get());
        Path below = from.resolve(path.get());
        for (Path root : place == Place.PIVOTED ? List.of(Path.of("/")) : roots) {
            /* Components the host resolved itself: those of the path that lie below the root, not those of the descriptor. */
            Optional<Path> resolved = from.startsWith(root) ? Optional.of(from.relativize(below)) : below.startsWith(root) ? Optional.of(root.relativize(below)) : Optional.empty();
            if (resolved.isPresent() && !ownProc(below)) {
                report(call, resolved.get(), below);
            }
        }
    }

    /** A descriptor of one's own, reached by number. */
    private static boolean ownProc(Path path) {
        return path.toString().matches("/proc/(self|thread-self|\\d+)/fd/\\d+");
    }

    private void report(TracedCall call, Path resolved, Path whole) {
        for (Path component : resolved) {
            if (component.toString().equals("..")) {
                violations.add(new Violation(call, whole.toString(), "'..' below a controlled root"));
                return;
            }
        }
        if (resolved.getNameCount() > 1) {
            violations.add(new Violation(call, whole.toString(), resolved.getNameCount() + " components below a controlled root"));
        }
    }
}
