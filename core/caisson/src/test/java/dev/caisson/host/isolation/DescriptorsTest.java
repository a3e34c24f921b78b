package dev.caisson.host.isolation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Container;
import dev.caisson.ContainerException;
import dev.caisson.Exec;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.rootfs.Observation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No descriptor of the engine's reaches a container, by none of the ways in. Rows 3, 4, 5. */
class DescriptorsTest extends EngineTest {
    private static final Set<String> STREAMS = Set.of("0", "1", "2");

    private static Set<String> numbers(Observation seen) {
        return seen.values().keySet().stream().filter(k -> k.matches("fd\\.\\d+")).map(k -> k.substring(3)).collect(Collectors.toSet());
    }

    @Test
    void onlyTheStreamsAreOpenWhileTheEngineHoldsHundreds() throws IOException {
        // JDK 17 opens nearly everything without CLOEXEC: each of these would be inherited by a plain fork and exec.
        try (Held held = Held.open(directory)) {
            assertTrue(held.count() >= 500);
            assertStreamsOnly(observe(tiny(), "fds"));
            assertStreamsOnly(observe(tiny().networkHost().init(), "fds"));
            try (Container container = tiny().command(observer("sleep", "60")).run()) {
                assertStreamsOnly(observeIn(container, "fds"));
                assertEquals(STREAMS, numbers(observation(container.exec(observer("fds")).tty().run())));
                try (Exec open = container.exec(observer("fds")).interactive().piped().start()) {
                    assertStreamsOnly(Observation.parse(new String(open.stdout().readAllBytes(), StandardCharsets.UTF_8)));
                }
            }
            assertEquals(STREAMS, numbers(observe(tiny().tty(), "fds")));
        }
    }

    private static void assertStreamsOnly(Observation seen) {
        assertEquals(STREAMS, numbers(seen), seen.values()::toString);
        assertTrue(seen.get("fd.1").startsWith("pipe:") && seen.get("fd.2").startsWith("pipe:"), seen.values()::toString);
        assertFalse(seen.values().toString().contains("caisson-test"), "no path of the host");
    }

    @Test
    void aWorkdirThroughADescriptorLeadsNowhere() throws IOException {
        // Row 3, CVE-2024-21626: /proc/self/fd/N as working directory. Either refused, or inside.
        try (Held held = Held.open(directory); Container container = tiny().command(observer("sleep", "60")).run()) {
            assertTrue(held.count() >= 500);
            List<String> directories = new ArrayList<>(List.of("/proc/self/cwd", "/proc/self/root/..", "/proc/1/root", "/proc/1/cwd", "/proc/thread-self/cwd"));
            Set<Integer> numbers = new TreeSet<>(held.directories(20)); // where a directory of the host's would be, if one came along
            assertEquals(20, numbers.size());
            IntStream.range(0, 40).forEach(numbers::add);
            for (int n : numbers) {
                directories.add("/proc/self/fd/" + n);
                directories.add("/proc/1/fd/" + n);
            }
            int refused = 0;
            for (String workdir : directories) {
                refused += staysInside(workdir, () -> observe(tiny().workdir(workdir), "cwd")) ? 0 : 1;
                refused += staysInside(workdir, () -> observation(container.exec(observer("cwd")).workdir(workdir).run())) ? 0 : 1;
            }
            assertTrue(refused > directories.size(), "most are refused: " + refused);
        }
        assertEquals("/home/app", observe(tiny().workdir("/home/app"), "cwd").get("cwd"), "the control");
    }

    @Test
    void anImagesWorkdirLinkLeadsNowhere() {
        for (int n = 3; n < 12; n++) {
            root.link("link" + n, "/proc/self/fd/" + n);
            int descriptor = n;
            staysInside("/link" + n, () -> observe(tiny().workdir("/link" + descriptor), "cwd"));
        }
    }

    /** False if it was refused. */
    private static boolean staysInside(String workdir, java.util.function.Supplier<Observation> attempt) {
        try {
            Observation seen = attempt.get();
            assertTrue(seen.get("cwd").startsWith("/"), workdir + " is unreachable from the root: " + seen.get("cwd"));
            assertTrue(seen.get("cwd").startsWith("/proc/") || seen.get("root.inode").split(":")[0].equals(seen.get("cwd.inode").split(":")[0]),
                    () -> workdir + " lies neither on the root's file system nor on the container's /proc: " + seen.values());
            return true;
        } catch (ContainerException e) {
            assertTrue(e.getMessage().contains(workdir), e.getMessage());
            return false;
        }
    }

    /** Five hundred open files, sockets, directories and pipes of this JVM. */
    private record Held(List<AutoCloseable> all) implements AutoCloseable {
        static Held open(Path directory) throws IOException {
            List<AutoCloseable> all = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                all.add(FileChannel.open(Path.of("/etc/hostname")));
                all.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
                all.add(Files.newDirectoryStream(Path.of("/")));
                Pipe pipe = Pipe.open();
                all.add(pipe.source());
                all.add(pipe.sink());
            }
            all.add(directory.getFileSystem().newWatchService());
            return new Held(all);
        }

        int count() {
            return all.size();
        }

        /** Numbers of descriptors that lead to directories: so many of them, from the lowest to the highest. */
        List<Integer> directories(int many) throws IOException {
            try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
                List<Integer> all = open.filter(fd -> Files.isDirectory(fd)).map(fd -> Integer.parseInt(fd.getFileName().toString())).sorted().toList();
                return IntStream.range(0, many).mapToObj(i -> all.get(i * (all.size() - 1) / (many - 1))).toList();
            }
        }

        @Override
        public void close() throws IOException {
            Collections.reverse(all);
            for (AutoCloseable each : all) {
                try {
                    each.close();
                } catch (IOException e) {
                    throw e;
                } catch (Exception e) {
                    throw new IOException(e);
                }
            }
        }
    }
}
