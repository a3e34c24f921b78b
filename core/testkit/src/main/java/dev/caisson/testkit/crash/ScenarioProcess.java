package dev.caisson.testkit.crash;

import dev.caisson.testkit.hosts.NetworkSpace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A scenario in a JVM of its own, with this JVM's class path; under strace where its calls are to be counted or killed at. */
public final class ScenarioProcess implements AutoCloseable {
    /** Few threads, no /tmp/hsperfdata, a quick start: what is counted should be the scenario's. */
    private static final List<String> JVM = List.of("-XX:-UsePerfData", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto");

    /** How it ended: the exit status (137 when the JVM was killed), the marks it reached, and everything else it printed. */
    public record Outcome(int exitStatus, List<String> marks, String output) {
        public boolean reached(String mark) {
            return marks.contains(mark);
        }
    }

    private final Process process;
    private final boolean traced;
    private final List<String> marks = new CopyOnWriteArrayList<>();
    private final StringBuffer output = new StringBuffer();
    private final Thread reader;

    private ScenarioProcess(List<String> command, boolean traced) {
        this.traced = traced;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException("start " + String.join(" ", command), e);
        }
        reader = new Thread(this::read, "scenario-output");
        reader.start();
    }

    /** Starts it plainly. */
    public static ScenarioProcess start(Class<?> scenario, String... arguments) {
        return new ScenarioProcess(java(scenario, arguments), false);
    }

    /** Starts it on a host of its own. */
    public static ScenarioProcess startOn(NetworkSpace host, Class<?> scenario, String... arguments) {
        return new ScenarioProcess(host.command(java(scenario, arguments).toArray(String[]::new)), false);
    }

    /** Starts it so that it dies at this point, and with it whatever has to die with the victim. The exit status tells whether the JVM was the victim. */
    public static ScenarioProcess startKilledAt(KillPoint point, Class<?> scenario, String... arguments) {
        return new ScenarioProcess(strace(List.of("-e", "trace=" + point.syscall(), "-e", point.injection(), "-o", "/dev/null"), scenario, arguments), true);
    }

    /** Runs it to its end, which must be a success within {@code limit}, and returns where it could have been killed. */
    public static List<KillPoint> killPoints(Collection<String> syscalls, Duration limit, Class<?> scenario, String... arguments) {
        try {
            Path trace = Files.createTempFile("kill-points", ".strace");
            /* The question mark: a call that this architecture does not have is no error. */
            String filter = "trace=" + String.join(",", syscalls.stream().map(name -> "?" + name).sorted().toList());
            try (ScenarioProcess run = new ScenarioProcess(strace(List.of("-e", filter, "-e", "signal=none", "-s", "0", "-o", trace.toString()), scenario, arguments), true)) {
                Outcome outcome = run.waitFor(limit);
                if (outcome.exitStatus() != 0) {
                    throw new AssertionError(scenario.getName() + " failed with status " + outcome.exitStatus() + " when only counted:\n" + outcome.output());
                }
                return KillPoints.ofTrace(Files.readAllLines(trace, StandardCharsets.ISO_8859_1));
            } finally {
                Files.deleteIfExists(trace);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("trace of " + scenario.getName(), e);
        }
    }

    private static List<String> strace(List<String> options, Class<?> scenario, String... arguments) {
        List<String> command = new ArrayList<>(List.of("strace", "-f", "-qqq"));
        command.addAll(options);
        command.add("--");
        command.addAll(java(scenario, arguments));
        return command;
    }

    private static List<String> java(Class<?> scenario, String... arguments) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(JVM);
        command.addAll(List.of("-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), scenario.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** The JVM: below strace where there is one. */
    public ProcessHandle jvm() {
        return traced ? process.children().findFirst().orElse(process.toHandle()) : process.toHandle();
    }

    /** The marks so far. */
    public List<String> marks() {
        return List.copyOf(marks);
    }

    /** Waits until it has reached the mark; throws {@link AssertionError} when it ends, or {@code limit} passes, before. */
    public void awaitMark(String mark, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!marks.contains(mark)) {
            if (System.nanoTime() > deadline || !reader.isAlive() && !marks.contains(mark)) {
                throw new AssertionError("mark '" + mark + "' not reached, only " + marks + ":\n" + output);
            }
            pause(2);
        }
    }

    /** Waits for its end; kills it with all below it and throws {@link AssertionError} when {@code limit} passes before. */
    public Outcome waitFor(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                String last = "not ended after " + limit.toMillis() + " ms; marks " + marks + ":\n" + output;
                close();
                throw new AssertionError(last);
            }
            /* Something that survives may hold the pipe: that is for the leak check to say. */
            reader.join(2000);
            return new Outcome(process.exitValue(), List.copyOf(marks), output.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a scenario", e);
        }
    }

    /** Kills what is still alive of it, and lets its pipe go. */
    @Override
    public void close() {
        List<ProcessHandle> below = process.descendants().toList();
        process.destroyForcibly();
        below.forEach(ProcessHandle::destroyForcibly);
        try {
            process.waitFor();
            reader.join(2000);
            process.getInputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException("close the scenario's output", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String text = line;
                Progress.markOf(text).ifPresentOrElse(marks::add, () -> output.append(text).append('\n'));
            }
        } catch (IOException closed) {
            output.append("(output closed: ").append(closed.getMessage()).append(")\n");
        }
    }

    static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a scenario", e);
        }
    }
}
