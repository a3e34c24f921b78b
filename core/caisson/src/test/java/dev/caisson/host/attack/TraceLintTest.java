package dev.caisson.host.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.host.EngineTest;
import dev.caisson.testkit.RequiresTool;
import dev.caisson.testkit.trace.StraceReader;
import dev.caisson.testkit.trace.TraceLint;
import dev.caisson.testkit.trace.TracedCall;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Invariants 1 to 3, by what the engine, its guard and their children really ask of the kernel (the trace lint of the security reference, section 1). */
class TraceLintTest extends EngineTest {
    /** A file system without symbolic links, whose directories only the engine makes: a container sees its own part, read-only. */
    private static final String CGROUPS = "/sys/fs/cgroup/";
    /** The engine's own names, 0700; what lies below a layer's "diff" is judged by the lint. */
    private static final String STORE = "/life/root/layers/";
    /** What {@link TracedLife} starts, spares aside. */
    private static final int STARTS = 16;
    private static final Pattern CONTROLLED = Pattern.compile("\"([^\"]*/(?:layers/\\w+/[0-9a-f]{64}/diff|containers/[0-9a-f]{64}/upper(?:-\\d+)?))(?=[/\"])");

    @Test
    @RequiresTool("strace")
    void noPathBelowAContainersRootIsResolvedByTheHost() throws Exception {
        root.withShell().file("data/x", "x").file("tmp/gone/x", "x");
        Path trace = directory.resolve("trace");
        List<TracedCall> calls = trace(trace);
        Set<Path> controlled = controlled(trace);
        assertTrue(controlled.size() >= 4, controlled::toString); // uppers of several containers and a layer
        controlled.add(root.path());
        long roots = calls.stream().filter(c -> c.name().equals("pivot_root") && c.succeeded()).map(TracedCall::pid).distinct().count();
        assertTrue(roots > STARTS, () -> "the guard and " + (roots - 1) + " children were traced");
        assertTrue(calls.stream().anyMatch(c -> c.toString().contains("RESOLVE_IN_ROOT")), "openat2 was decoded");
        assertEquals(List.of(), TraceLint.check(calls, controlled).stream().filter(v -> !v.path().startsWith(CGROUPS)).toList());
        assertEquals(List.of(), calls.stream().filter(TraceLintTest::severalNamesBelowADescriptor).toList());

        // Row 9: a container's environment meets no program of the host's, since none runs but the guard, and that has none at all.
        // (JNA asks ldconfig for the libraries there are when it is loaded, by the JDK's helper.)
        List<String> programs = onTheHostsSide(calls).stream().filter(p -> !p.contains("/lib/jspawnhelper\"") && !p.contains("\"/sbin/ldconfig\", \"-p\"")).toList();
        assertEquals(2, programs.size(), programs::toString);
        assertTrue(programs.get(0).contains("java") && programs.get(1).contains("caisson-guard") && programs.get(1).contains("/* 0 vars */"), programs::toString);

        Set<Path> control = Set.of(directory.resolve("life")); // the engine's own directories it does name by string: the lint is not blind
        assertFalse(TraceLint.check(calls, control).isEmpty());
    }

    private List<TracedCall> trace(Path trace) throws Exception {
        Process strace = new ProcessBuilder("strace", "-f", "-y", "-qq", "-s", "4096", "-e", "trace=%file,mount,umount2,pivot_root,move_mount,mount_setattr,open_tree,fspick,"
                + "clone,clone3,fork,vfork,execve", "-o", trace.toString(), "--", Path.of(System.getProperty("java.home"), "bin/java").toString(), "-cp",
                System.getProperty("java.class.path"), TracedLife.class.getName(), directory.resolve("life").toString(), root.path().toString(),
                root.tar(directory.resolve("root.tar")).toString(), directory.resolve("saved.tar").toString()).inheritIO().start();
        assertEquals(0, strace.waitFor());
        return StraceReader.read(Files.readAllLines(trace, StandardCharsets.ISO_8859_1));
    }

    /** A detached mount is traced as "/", so that the lint takes it for the host's root: below any descriptor, then, one name or openat2. */
    private static boolean severalNamesBelowADescriptor(TracedCall call) {
        String path = call.argument(1);
        return call.argument(0).matches("\\d+<.*") && !call.argument(0).contains("<" + CGROUPS) && !call.argument(0).contains(STORE) && path.startsWith("\"") && !path.startsWith("\"/") && path.contains("/")
                && !(call.name().equals("openat2") && call.argument(2).contains("RESOLVE_"));
    }

    /** Programs that the JVM's processes became, but for those in containers: the guard's children, whose numbers are of another PID namespace. */
    private static List<String> onTheHostsSide(List<TracedCall> calls) {
        Set<Integer> host = new HashSet<>(Set.of(calls.get(0).pid()));
        Set<Integer> guards = calls.stream().filter(c -> c.name().equals("pivot_root")).map(TracedCall::pid).collect(Collectors.toSet());
        for (int before = 0; before < host.size();) { // a vfork's child is seen before its number is
            before = host.size();
            calls.stream().filter(c -> c.name().matches("clone3?|v?fork") && host.contains(c.pid()) && !guards.contains(c.pid())).map(c -> c.result().split(" ")[0])
                    .filter(pid -> pid.matches("\\d{1,9}")).forEach(pid -> host.add(Integer.valueOf(pid)));
        }
        return calls.stream().filter(c -> c.name().startsWith("execve") && c.succeeded() && host.contains(c.pid())).map(TracedCall::toString).toList();
    }

    /** What containers and images filled, as the trace names it. */
    private static Set<Path> controlled(Path trace) throws Exception {
        Set<Path> found = new TreeSet<>();
        Matcher matcher = CONTROLLED.matcher(Files.readString(trace, StandardCharsets.ISO_8859_1));
        while (matcher.find()) {
            found.add(Path.of(matcher.group(1)));
        }
        return found;
    }
}
