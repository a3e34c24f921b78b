package dev.caisson.core.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who waits for a server that stands still, when the client is hung up. */
@Timeout(30)
class ClientTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    private final Client client = new Client(HttpClient.newHttpClient(), LONG);
    private ServerSocket server;

    @BeforeEach
    void open() throws IOException {
        server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        ClientEnd.of(client.http());
    }

    /** Reads a request, and says this. */
    private Socket answering(String answer) throws IOException {
        Socket socket = server.accept();
        InputStream in = socket.getInputStream();
        for (int newlines = 0; newlines < 4;) {
            int next = in.read();
            newlines = next == '\r' || next == '\n' ? newlines + 1 : 0;
        }
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private HttpRequest request() {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.getLocalPort() + "/")).build();
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    /** What it fails by, and whether its thread is interrupted then. */
    private record Failed(Exception by, boolean interrupted) {}

    private final CompletableFuture<Thread> waiter = new CompletableFuture<>();

    private CompletableFuture<Failed> waiting(Work work) {
        CompletableFuture<Failed> failed = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                work.run();
                failed.complete(null);
            } catch (IOException | InterruptedException e) {
                failed.complete(new Failed(e, Thread.currentThread().isInterrupted()));
            }
        });
        waiter.complete(thread);
        thread.start();
        return failed;
    }

    @Test
    void forAnAnswer() throws Exception {
        CompletableFuture<Failed> failed = waiting(() -> client.send(request()));
        try (Socket silent = answering("")) {
            client.hangUp();
            assertInstanceOf(Client.HungUp.class, failed.get().by());
            assertFalse(failed.get().interrupted(), "an interrupt of ours is nobody else's");
        }
        assertThrows(Client.HungUp.class, () -> client.send(request()));
    }

    @Test
    void forADocument() throws Exception {
        CompletableFuture<Failed> failed = waiting(() -> client.send(request()).body().document(100));
        hungUp(failed);
    }

    @Test
    void forALargeBody() throws Exception {
        CompletableFuture<Failed> failed = waiting(() -> client.send(request()).body().drain(batch -> { }));
        hungUp(failed);
    }

    private void hungUp(CompletableFuture<Failed> failed) throws IOException, InterruptedException, ExecutionException {
        try (Socket half = answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")) {
            Thread thread = waiter.get();
            while (thread.getState() != Thread.State.TIMED_WAITING) { // for the headers it waits without a limit
                Thread.onSpinWait();
            }
            client.hangUp();
            assertInstanceOf(Client.HungUp.class, failed.get().by().getCause());
        }
    }

    @Test
    void anInterruptOfOthersStaysOne() throws Exception {
        CompletableFuture<Failed> failed = waiting(() -> client.send(request()));
        try (Socket silent = answering("")) {
            waiter.get().interrupt();
            assertEquals(InterruptedException.class, failed.get().by().getClass());
        }
    }
}
