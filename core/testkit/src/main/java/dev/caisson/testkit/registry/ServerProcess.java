package dev.caisson.testkit.registry;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/** A server of another project as a process of the test, on a free port of 127.0.0.1; its log and configuration in a directory. */
final class ServerProcess implements AutoCloseable {
    private static final int SECONDS = 60;

    private final Path directory;
    private final Process process;
    private final int port;

    /**
     * Starts it, and waits until it listens.
     *
     * @param file what its configuration is called
     * @param configuration for a port
     * @param command the last word of it, the file, is added
     */
    ServerProcess(Path directory, String file, IntFunction<String> configuration, List<String> command) {
        this.directory = directory;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve(file), configuration.apply(port));
            List<String> words = new java.util.ArrayList<>(command);
            words.add(directory.resolve(file).toString());
            process = new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(directory.resolve("log").toFile()).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        awaitPort(command.get(0));
    }

    private void awaitPort(String name) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > end) {
                    process.destroyForcibly();
                    throw new AssertionError(name + " does not come up: " + log(), e);
                }
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    /** Host and port. */
    String host() {
        return "127.0.0.1:" + port;
    }

    /** What it has said so far. */
    String log() {
        try {
            return Files.readString(directory.resolve("log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills it; it is gone when this returns. */
    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
