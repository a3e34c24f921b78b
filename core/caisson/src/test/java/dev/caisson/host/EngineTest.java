package dev.caisson.host;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Engine;
import dev.caisson.Execution;
import dev.caisson.testkit.Patience;
import dev.caisson.testkit.RequiresRoot;
import dev.caisson.testkit.leak.LeakChecked;
import dev.caisson.testkit.rootfs.Observation;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;

/**
 * One engine a test, on a directory of its own on the real disk (a tmpfs would hide what overlayfs cannot do there), with a root file system around the
 * observer. Whatever a test leaves on the host fails it.
 */
@Tag("host")
@RequiresRoot
@LeakChecked
public abstract class EngineTest {
    /** Below the ports that the kernel gives to clients (ip_local_port_range), of which any may be somebody's by the time it is asked for. */
    private static final AtomicInteger NEXT_PORT = new AtomicInteger(20_000 + (int) (ProcessHandle.current().pid() % 100) * 100);

    /** This test's own, removed after it. */
    protected Path directory;
    protected Engine engine;
    protected TinyRootfs root;

    /** What JNA and the JDK open once and keep is not a test's leak. */
    @BeforeAll
    static void warmUp() throws IOException {
        Path scratch = Files.createTempDirectory(Path.of("/var/tmp"), "caisson-test-");
        Engine.builder().root(scratch.resolve("engine")).runDirectory(scratch.resolve("run")).build().close();
        delete(scratch);
    }

    @BeforeEach
    void open() throws IOException {
        directory = Files.createTempDirectory(Path.of("/var/tmp"), "caisson-test-");
        root = TinyRootfs.create(directory.resolve("rootfs"));
        engine = settings(Engine.builder().root(directory.resolve("engine")).runDirectory(directory.resolve("run"))).build();
    }

    /** What a class of tests wants other than usual. */
    protected Engine.Builder settings(Engine.Builder usual) {
        return usual;
    }

    @AfterEach
    void close() {
        engine.close();
        delete(directory);
    }

    /** A container of the tiny root, with nothing to run yet. */
    protected ContainerBuilder tiny() {
        return engine.rootfs(root.path());
    }

    /** Runs the observer's commands, several joined by "+", and says what they saw. */
    protected Observation observe(ContainerBuilder container, String... commands) {
        return observation(container.command(observer(commands)).execute());
    }

    /** The same by exec in a running container. */
    protected Observation observeIn(Container container, String... commands) {
        return observation(container.exec(observer(commands)).run());
    }

    /** What an observer printed that had to succeed. */
    protected static Observation observation(Execution execution) {
        Assertions.assertEquals(0, execution.exitCode(), () -> execution + "\n" + execution.stdout() + execution.stderr());
        return Observation.parse(execution.stdout());
    }

    /** The command line of the observer. */
    protected static String[] observer(String... commands) {
        List<String> words = new ArrayList<>(List.of(TinyRootfs.OBSERVER));
        words.addAll(List.of(commands));
        return words.toArray(String[]::new);
    }

    /** What the observer sees on the host itself, for controls: the attack must be possible somewhere. */
    protected Observation observeHost(String... commands) {
        try {
            List<String> words = new ArrayList<>(List.of(root.at(TinyRootfs.OBSERVER).toString()));
            words.addAll(List.of(commands));
            Process process = new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
            String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            Assertions.assertEquals(0, process.waitFor(), output);
            return Observation.parse(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A new directory of the host, to be bound into containers. */
    protected Path hostDirectory(String name) {
        try {
            return Files.createDirectories(directory.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A port of the host that nobody has, another one each time. */
    protected static int freePort() {
        while (true) {
            int port = NEXT_PORT.getAndIncrement();
            try (ServerSocket tcp = new ServerSocket(port); DatagramSocket udp = new DatagramSocket(port)) {
                return Math.min(tcp.getLocalPort(), udp.getLocalPort());
            } catch (IOException taken) {
                continue;
            }
        }
    }

    /** Fails with {@code what} if the condition does not come true in time. */
    public static void eventually(String what, Duration patience, BooleanSupplier condition) {
        eventually(() -> what, patience, condition);
    }

    /** @param what said when it does not come */
    public static void eventually(Supplier<String> what, Duration patience, BooleanSupplier condition) {
        long deadline = System.nanoTime() + Patience.of(patience).toNanos();
        while (!condition.getAsBoolean()) {
            Assertions.assertTrue(System.nanoTime() < deadline, what);
            pause(20);
        }
    }

    /** Whether a process is there, and not just waited for. */
    protected static boolean running(long pid) {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream().noneMatch(l -> l.startsWith("State:") && l.contains("Z"));
        } catch (IOException e) {
            return false; // it ended
        }
    }

    /** The guards of engines of other JVMs at a root: who has one of their locks. */
    protected static List<ProcessHandle> guardsAt(Path engineRoot) {
        return ProcessHandle.allProcesses().filter(p -> p.pid() != ProcessHandle.current().pid() && hasOpen(p.pid(), engineRoot.resolve("engines"))).toList();
    }

    /** Whether a process has a file below a directory open. */
    private static boolean hasOpen(long pid, Path below) {
        try (Stream<Path> open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return open.anyMatch(fd -> {
                try {
                    return Files.readSymbolicLink(fd).startsWith(below);
                } catch (IOException closed) {
                    return false;
                }
            });
        } catch (IOException | UncheckedIOException gone) {
            return false;
        }
    }

    /** Sleeps. */
    protected static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Removes a tree without following links. */
    protected static void delete(Path tree) {
        try {
            Files.walkFileTree(tree, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path dir, IOException failure) throws IOException {
                    Files.delete(dir);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
