package dev.caisson.network.slirp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One slirp4netns(1). It ends when its standard input does (--exit-fd), so it ends with this JVM, however that ends. Its socket has no name any more once the ports are
 * published.
 */
final class SlirpProcess implements Carrier.Carrying {
    private static final int READY_SECONDS = 10;
    private static final int MOST_OF_AN_ANSWER = 64 * 1024;
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Its own standard output is not only for what is said here. */
    private static final String READY_AS_OUTPUT = "exec \"$0\" \"$@\" 3>&1 >&2";

    private final CarrierProcess program;

    private SlirpProcess(CarrierProcess program) {
        this.program = program;
    }

    /**
     * Begins to carry what the network namespace of a process sends, and waits until it does.
     *
     * @param socket a name for its socket, which must be free
     */
    static SlirpProcess start(Path program, int pid, Path socket) throws IOException {
        String proc = "/proc/" + pid + "/ns/";
        ProcessBuilder line = new ProcessBuilder(List.of("/bin/sh", "-c", READY_AS_OUTPUT, program.toString(), "--configure", "--mtu=65520", "--disable-host-loopback",
                "--enable-seccomp", "--exit-fd=0", "--ready-fd=3", "--api-socket=" + socket.getFileName(), "--userns-path=" + proc + "user", "--netns-type=path", proc + "net", "eth0"))
                .directory(java.util.Objects.requireNonNull(socket.getParent()).toFile()); // its path may be too long for a socket
        SlirpProcess started = new SlirpProcess(CarrierProcess.start(SlirpProvider.NAME, line, pid));
        try {
            started.await();
            return started;
        } catch (IOException | RuntimeException e) {
            started.close();
            throw e;
        }
    }

    private void await() throws IOException {
        CompletableFuture<Integer> ready = CompletableFuture.supplyAsync(this::readyByte, task -> {
            Thread waiting = new Thread(task, "caisson-slirp4netns");
            waiting.setDaemon(true);
            waiting.start();
        });
        try {
            if (ready.get(READY_SECONDS, TimeUnit.SECONDS) != '1') {
                throw program.ended();
            }
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw program.late(READY_SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while slirp4netns began", e);
        }
    }

    private int readyByte() {
        try {
            return program.process().getInputStream().read();
        } catch (IOException e) {
            return -1;
        }
    }

    /** Publishes a port. @return what it says against it; "" for nothing */
    static String publish(Path socket, PortMapping port) throws IOException {
        byte[] request = JSON.writeValueAsBytes(Map.of("execute", "add_hostfwd", "arguments", Map.of("proto", port.protocol(), "host_addr",
                port.hostAddress().isEmpty() ? "0.0.0.0" : port.hostAddress(), "host_port", port.hostPort(), "guest_addr", SlirpDriver.ADDRESS, "guest_port", port.containerPort())));
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                Fd directory = FileCalls.open(java.util.Objects.requireNonNull(socket.getParent()), Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0)) {
            channel.connect(UnixDomainSocketAddress.of("/proc/self/fd/" + directory.value() + "/" + socket.getFileName()));
            channel.write(ByteBuffer.wrap(request));
            channel.shutdownOutput();
            JsonNode answer = JSON.readTree(Channels.newInputStream(channel).readNBytes(MOST_OF_AN_ANSWER));
            return answer.has("return") ? "" : answer.path("error").path("desc").asText("it gave no reason");
        }
    }

    @Override
    public void close() {
        program.close();
    }

    static void forget(Path socket) throws IOException {
        Files.deleteIfExists(socket);
    }
}
