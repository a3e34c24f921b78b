package dev.caisson.testkit.hosts;

import dev.caisson.testkit.Patience;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Debian's etcd-server as a process of the test, in a network namespace, where it listens on 2379. Its data outlive it in their directory. */
public final class RealEtcd implements AutoCloseable {
    private static final int SECONDS = 60;
    private static final int CALL_SECONDS = 20;

    private final NetworkSpace where;
    private final List<String> command;
    private Process process;
    private Thread reader;

    /** Starts it on all addresses of a namespace. @param options further ones, such as {@code --auth-token=simple} */
    public RealEtcd(NetworkSpace where, Path data, String scheme, String... options) {
        this.where = where;
        this.command = new ArrayList<>(where.command("etcd", "--data-dir", data.toString(), "--listen-client-urls", scheme + "://0.0.0.0:2379", "--advertise-client-urls",
                scheme + "://127.0.0.1:2379", "--listen-peer-urls", "http://127.0.0.1:2380", "--initial-advertise-peer-urls", "http://127.0.0.1:2380", "--initial-cluster",
                "default=http://127.0.0.1:2380", "--heartbeat-interval=" + Patience.of(20), "--election-timeout=" + Patience.of(200)));
        command.addAll(List.of(options));
        start();
    }

    /** Starts it again after {@link #stop}. */
    public void start() {
        CountDownLatch ready = new CountDownLatch(1);
        StringBuffer log = new StringBuffer();
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reader = new Thread(() -> {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (log.length() < 1 << 16) {
                        log.append(line).append('\n');
                    }
                    if (line.contains("ready to serve client requests")) {
                        ready.countDown();
                    }
                }
            } catch (IOException e) {
                log.append(e);
            }
        }, "etcd-log");
        reader.start();
        try {
            if (!ready.await(Patience.of(SECONDS), TimeUnit.SECONDS)) {
                stop();
                throw new AssertionError("etcd does not begin to serve:\n" + log);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** What its API answers to a request, through curl on its own host. */
    public String call(String path, String json, String... curl) {
        List<String> words = new ArrayList<>(List.of("curl", "-sS", "-m", "" + Patience.of(CALL_SECONDS), "-X", "POST", "-d", json));
        words.addAll(List.of(curl));
        words.add((command.contains("https://0.0.0.0:2379") ? "https" : "http") + "://127.0.0.1:2379/v3/" + path);
        return where.output(words.toArray(String[]::new));
    }

    /** Kills it. */
    public void stop() {
        process.destroyForcibly();
        try {
            process.waitFor();
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        stop();
    }
}
