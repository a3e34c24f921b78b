package dev.caisson.testkit.hosts;

import dev.caisson.linux.Fd;
import dev.caisson.linux.Namespaces;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** A network namespace, held by a process that sleeps in it. It has no name: ip-netns(8) would leave a mount when it makes its first one. */
public final class NetworkSpace implements AutoCloseable {
    private final Process holder;
    private final Fd namespace;

    private NetworkSpace(Process holder) {
        this.holder = holder;
        this.namespace = Namespaces.open((int) holder.pid(), Namespaces.Kind.NET);
    }

    /** One with nothing but its loopback, which is up. */
    public static NetworkSpace make() {
        try {
            Process holder = new ProcessBuilder("unshare", "--net", "sh", "-c", "ip link set lo up; echo ready; exec sleep 600").start();
            if (holder.getInputStream().read() != 'r') {
                throw new AssertionError("no network namespace: " + new String(holder.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
            }
            return new NetworkSpace(holder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of the process that holds it. */
    public long pid() {
        return holder.pid();
    }

    /** Valid until it is closed. */
    public Fd namespace() {
        return namespace;
    }

    /** A command line that runs inside. */
    public List<String> command(String... words) {
        List<String> all = new ArrayList<>(List.of("nsenter", "--net=/proc/" + holder.pid() + "/ns/net", "--"));
        all.addAll(List.of(words));
        return all;
    }

    /** Starts a program inside that says nothing. */
    public Process start(String... words) {
        try {
            return new ProcessBuilder(command(words)).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills a program, and waits for its end. */
    public static void end(Process program) {
        program.destroyForcibly();
        try {
            program.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What a program prints that runs inside, whatever its exit code. */
    public String output(String... words) {
        try {
            Process process = new ProcessBuilder(command(words)).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** The same of a line of shell that must succeed. */
    public String shell(String script) {
        String text = output("sh", "-c", "{ " + script + " ; } && echo +done+");
        if (!text.endsWith("+done+\n")) {
            throw new AssertionError(script + ": " + text);
        }
        return text.substring(0, text.length() - "+done+\n".length());
    }

    /** Runs work on a thread inside; threads that it makes are inside too. */
    public <T> T in(Callable<T> work) {
        CompletableFuture<T> done = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                Namespaces.setns(namespace, Namespaces.Kind.NET);
                done.complete(work.call());
            } catch (Exception | Error e) {
                done.completeExceptionally(e);
            }
        }, "inside-" + pid());
        thread.start();
        try {
            thread.join();
            return done.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        namespace.close();
        end(holder);
    }
}
