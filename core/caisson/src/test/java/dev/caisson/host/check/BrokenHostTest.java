package dev.caisson.host.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** On a host that lacks something an engine works a step down or says why not: what, with which errno, and what helps. Nothing fails obscurely. */
@Timeout(180)
class BrokenHostTest extends EngineTest {
    private static final int EPERM = 1;
    private static final int ENOSYS = 38;
    private static final String NOEXEC = "/var/tmp/caisson-noexec";

    /**
     * @param before the command line before {@code java}; {@code DENY} stands for the compiled deny.c
     * @param missing what check() must not find; "" for nothing
     * @param plain whether a plain container still runs
     */
    private record Host(String name, List<String> before, String missing, boolean plain) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Host denied(String call, int number, int errno, String missing, boolean plain) {
        return new Host(call + (errno == ENOSYS ? " is ENOSYS" : " is EPERM"), List.of("DENY", Integer.toString(errno), Integer.toString(number), "--"), missing, plain);
    }

    private static Host without(String capability, String missing, boolean plain) {
        return new Host("without " + capability, List.of("/usr/bin/setpriv", "--bounding-set=-" + capability, "--inh-caps=-" + capability), missing, plain);
    }

    private static Host in(String name, String script, String missing, boolean plain) {
        return new Host(name, List.of("/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script + "; exec \"$@\"", "sh"), missing, plain);
    }

    static Stream<Host> hosts() {
        return Stream.of(
                denied("clone3", 435, ENOSYS, "clone3", true),
                denied("openat2", 437, ENOSYS, "openat2", false),
                denied("open_tree", 428, ENOSYS, "open_tree", false),
                denied("move_mount", 429, ENOSYS, "move_mount", false),
                denied("fsopen", 430, ENOSYS, "overlay", false),
                denied("mount_setattr", 442, ENOSYS, "mount_setattr", false),
                denied("close_range", 436, ENOSYS, "close_range", true),
                denied("pidfd_open", 434, ENOSYS, "pidfd", false),
                denied("memfd_create", 319, ENOSYS, "memfd", false),
                denied("seccomp", 317, EPERM, "seccomp", false),
                denied("landlock_create_ruleset", 444, ENOSYS, "landlock", true),
                denied("fsopen (a container's policy)", 430, EPERM, "overlay", false),
                without("sys_admin", "CAP_SYS_ADMIN", false),
                without("mknod", "CAP_MKNOD", false),
                without("setpcap", "CAP_SETPCAP", false),
                without("net_admin", "CAP_NET_ADMIN", false),
                in("cgroups read-only", "[ ! -e /sys/fs/cgroup/cgroup.controllers ] || mount -o remount,bind,ro /sys/fs/cgroup; for c in $(ls -d /sys/fs/cgroup/*/cgroup.procs | xargs -n1 dirname); do [ -e $c/../cgroup.procs ] || mount -o remount,bind,ro $c 2>/dev/null "
                        + "|| { mount --bind $c $c && mount -o remount,bind,ro $c; }; done", "cgroup", true),
                in("no cgroups", "mount -t tmpfs none /sys/fs/cgroup", "", true),
                in("/proc masked", "mount -t tmpfs -o ro none /proc/acpi", "/proc", true),
                in("temporary directory noexec", "mount --bind /tmp /tmp && mount -o remount,bind,noexec /tmp", "", true),
                in("JNA's directory noexec", "mkdir -p " + NOEXEC + " && mount -t tmpfs -o noexec none " + NOEXEC, "JNA", false),
                new Host("processor unknown", List.of(), "processor", false),
                in("few files", "ulimit -n 200", "open files", true),
                in("run directory on a full file system", "mount -t tmpfs -o size=4k,nr_inodes=8 none /var/tmp/caisson-full", "", false));
    }

    @BeforeEach
    void compile() throws IOException, InterruptedException {
        Path source = directory.resolve("deny.c");
        try (InputStream in = BrokenHostTest.class.getResourceAsStream("deny.c")) {
            Files.copy(in, source, StandardCopyOption.REPLACE_EXISTING);
        }
        assertEquals(0, new ProcessBuilder("gcc", "-O1", "-o", directory.resolve("deny").toString(), source.toString()).inheritIO().start().waitFor());
    }

    private List<String> run(Host host) throws IOException, InterruptedException {
        Path home = host.name().startsWith("run directory") ? Path.of("/var/tmp/caisson-full") : Files.createDirectory(directory.resolve("home"));
        Files.createDirectories(home);
        List<String> line = new ArrayList<>();
        host.before().forEach(word -> line.add(word.equals("DENY") ? directory.resolve("deny").toString() : word));
        line.addAll(List.of(ProcessHandle.current().info().command().orElseThrow(), "-Djna.tmpdir=" + (host.name().startsWith("JNA") ? NOEXEC : Files.createDirectories(directory.resolve("jna"))), "-Dos.arch=" + (host.name().startsWith("processor") ? "riscv64" : System.getProperty("os.arch")), "-cp",
                System.getProperty("java.class.path"), OnBrokenHost.class.getName(), home.toString(), root.path().toString()));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        try (InputStream out = process.getInputStream()) {
            String text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return text.lines().toList();
        } finally {
            if (home.startsWith("/var/tmp/caisson-full")) {
                delete(home);
            }
            Files.deleteIfExists(Path.of(NOEXEC));
        }
    }

    @ParameterizedTest
    @MethodSource("hosts")
    void worksAStepDownOrSaysWhyNot(Host host) throws Exception {
        List<String> lines = run(host);
        String all = String.join("\n", lines);
        assertTrue(lines.contains("end"), "the JVM went on to its end:\n" + all);
        if (!host.missing().isEmpty()) {
            String[] finding = lines.stream().filter(l -> l.startsWith("missing\t" + host.missing())).findFirst().orElseThrow(() -> new AssertionError("check() does not say it:\n" + all)).split("\t", -1);
            assertFalse(finding[3].isEmpty() || finding[4].isEmpty(), () -> "how and remedy: " + all);
        }
        boolean ran = lines.contains("plain\tok\tran");
        assertEquals(host.plain(), ran, all);
        if (host.name().equals("without sys_admin")) {
            assertTrue(lines.contains("alone\tok\t65534 65534 ran\tLANDLOCK"), "root that may make no namespaces steps down as well, and as nobody: " + all);
        }
        for (String line : lines) {
            String[] field = line.split("\t", -1);
            if (field.length > 1 && field[1].equals("failed")) {
                assertTrue(field[3].matches(".*(\\bE[A-Z]{2,}[0-9]* \\(\\d+\\)|No space left on device|JNA cannot load).*") || field[2].equals("UnsupportedOnThisHost"), "the errno, or that the host cannot: " + line);
                assertFalse(field[5].isEmpty(), "a remedy: " + line);
            }
        }
    }

    @Test
    void aWholeHostMissesNothingThatCounts() throws Exception {
        List<String> lines = run(new Host("whole", List.of(), "", true));
        assertTrue(lines.containsAll(List.of("usable\ttrue", "plain\tok\tran", "limited\tok\tran", "sandbox\tok\tran\tNAMESPACES", "alone\tok\t65534 65534 ran\tNAMESPACES")), String.join("\n", lines));
    }
}
