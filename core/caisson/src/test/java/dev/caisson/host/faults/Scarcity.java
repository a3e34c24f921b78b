package dev.caisson.host.faults;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.Engine;
import dev.caisson.linux.Processes;
import dev.caisson.testkit.crash.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A JVM that has too little of something, and has enough again. Operands: of what, engine root, run directory, root file system. */
public final class Scarcity {
    private final Engine engine;
    private final Path root;

    private Scarcity(Engine engine, Path root) {
        this.engine = engine;
        this.root = root;
    }

    public static void main(String[] arguments) throws Exception {
        Path limited = arguments[0].equals("processes") ? enter() : null;
        try (Engine engine = Engine.builder().root(Path.of(arguments[1])).runDirectory(Path.of(arguments[2])).spares(0).build()) {
            Scarcity scenario = new Scarcity(engine, Path.of(arguments[3]));
            scenario.works();
            switch (arguments[0]) {
                case "processes" -> scenario.processes(limited);
                case "descriptors" -> scenario.descriptors();
                case "memory" -> scenario.memory();
                case "time" -> scenario.time();
                default -> throw new IllegalArgumentException(arguments[0]);
            }
            scenario.works();
            if (!engine.containers().isEmpty()) {
                throw new AssertionError("left: " + engine.containers());
            }
        }
        if (limited != null) {
            Files.writeString(limited.resolveSibling("cgroup.procs"), "0");
            Files.delete(limited);
        }
        Progress.mark("done");
    }

    private void works() {
        String said = engine.rootfs(root).command("/bin/echo", "hello").execute().stdout();
        if (!said.equals("hello\n")) {
            throw new AssertionError("said " + said);
        }
        try (Container container = engine.rootfs(root).command("/bin/sleep", "600").run()) {
            if (!container.exec("/bin/echo", "inside").run().stdout().equals("inside\n")) {
                throw new AssertionError("an exec said something else");
            }
        }
    }

    /** A v1 pids cgroup below its own. */
    private static Path enter() throws IOException {
        String own = Files.readAllLines(Path.of("/proc/self/cgroup")).stream().map(l -> l.split(":", 3)).filter(f -> List.of(f[1].split(",")).contains("pids"))
                .map(f -> f[2]).findFirst().orElseThrow();
        Path cgroup = Path.of("/sys/fs/cgroup/pids" + own).resolve("scarce-" + ProcessHandle.current().pid());
        Files.createDirectory(cgroup);
        Files.writeString(cgroup.resolve("cgroup.procs"), "0");
        return cgroup;
    }

    private void processes(Path cgroup) throws IOException {
        int refused = 0;
        boolean some = false;
        // Threads of the JVM's own come and go meanwhile, and count: again, until there was room for some and not for all.
        for (int attempt = 0; attempt < 10 && !some; attempt++) {
            long now = Long.parseLong(Files.readString(cgroup.resolve("pids.current")).strip());
            Files.writeString(cgroup.resolve("pids.max"), Long.toString(now + 3));
            List<Container> started = new ArrayList<>();
            refused = 0;
            for (int i = 0; i < 10; i++) {
                try {
                    started.add(engine.rootfs(root).logDriver("none", Map.of()).command("/bin/sleep", "600").run());
                } catch (ContainerException e) {
                    refused++;
                    System.out.println(e.getMessage() + " -- " + e.remedy());
                }
            }
            some = refused > 0 && !started.isEmpty();
            Files.writeString(cgroup.resolve("pids.max"), "max");
            started.forEach(Container::close);
        }
        Progress.mark(some ? "some were refused" : "refused " + refused);
    }

    private void descriptors() throws IOException {
        for (int room : new int[] {2, 4, 8, 16, 32}) {
            Map<String, String> before = open();
            Processes.Rlimit enough = Processes.getRlimit(0, Processes.RLIMIT_NOFILE);
            Processes.setRlimit(0, Processes.RLIMIT_NOFILE, new Processes.Rlimit(limit(before, room), enough.hard()));
            int refused = 0;
            List<Container> started = new ArrayList<>();
            try {
                for (int i = 0; i < 6; i++) {
                    refused += tried(() -> started.add(engine.rootfs(root).command("/bin/sleep", "600").run()));
                    refused += tried(() -> engine.rootfs(root).command("/bin/echo", "x").execute());
                    refused += tried(() -> started.get(0).exec("/bin/true").run());
                }
            } finally {
                Processes.setRlimit(0, Processes.RLIMIT_NOFILE, enough);
            }
            Progress.mark("with room for " + room + (refused > 0 ? " some were refused" : " none was"));
            started.forEach(Container::close);
            works();
            engine.rootfs(root).command("/bin/true").execute();
            long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            // The look that ends the waiting is the one that counts: spares are made in the background, and open some for a moment.
            Map<String, String> after = open();
            while (after.size() > before.size() && System.nanoTime() < end) {
                Thread.onSpinWait(); // removals in the background
                after = open();
            }
            if (after.size() > before.size()) {
                after.keySet().removeAll(before.keySet());
                StringBuilder more = new StringBuilder();
                for (String number : after.keySet()) {
                    more.append('\n').append(number).append(": ").append(about(number));
                }
                throw new AssertionError("left after room for " + room + ": " + after + " of containers " + engine.containers() + more);
            }
        }
    }

    private static String about(String descriptor) {
        try {
            return Files.readString(Path.of("/proc/self/fdinfo/" + descriptor));
        } catch (IOException e) {
            return "closed meanwhile";
        }
    }

    private static int tried(Runnable action) {
        try {
            action.run();
            return 0;
        } catch (ContainerException | IndexOutOfBoundsException e) {
            return 1;
        }
    }

    /** By number, what it is. */
    private static Map<String, String> open() throws IOException {
        Map<String, String> open = new TreeMap<>();
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            for (Path fd : all.toList()) {
                try {
                    open.put(fd.getFileName().toString(), Files.readSymbolicLink(fd).toString());
                } catch (IOException closed) {
                    continue; // the listing's own
                }
            }
        }
        return open;
    }

    /** Below it so many numbers are free. */
    private static int limit(Map<String, String> open, int room) {
        int limit = 0;
        for (int free = 0; free < room; limit++) {
            free += open.containsKey(Integer.toString(limit)) ? 0 : 1;
        }
        return limit;
    }

    /** Errors for want of memory come in whatever thread asks next. */
    private void memory() {
        List<Container> started = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            started.add(engine.rootfs(root).logDriver("none", Map.of()).command("/bin/busybox", "yes", "0123456789012345678901234567890123456789").run());
        }
        int errors = 0;
        long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
        while (System.nanoTime() < end || errors < 3) {
            List<byte[]> hog = new ArrayList<>();
            try {
                while (true) {
                    hog.add(new byte[1 << 18]);
                }
            } catch (OutOfMemoryError e) {
                errors++;
            }
        }
        Progress.mark("out of memory");
        started.forEach(Container::close);
    }

    /** Whoever waits is told the right end, although the JVM stood still when it came. */
    private void time() {
        List<Container> started = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            started.add(engine.rootfs(root).command("/bin/busybox", "sh", "-c", "sleep 1; exit " + i).run());
        }
        Progress.mark("running");
        for (int i = 0; i < started.size(); i++) {
            int code = started.get(i).waitForExit(Duration.ofSeconds(60)).exitCode();
            if (code != i) {
                throw new AssertionError("exit code " + code + " instead of " + i);
            }
            List<String> events = engine.events().past(dev.caisson.EventFilter.all().container(started.get(i).id())).stream().map(e -> e.action()).toList();
            if (!events.equals(List.of("create", "start", "die"))) {
                throw new AssertionError(events.toString());
            }
        }
        started.forEach(Container::close);
    }
}
