package dev.caisson.core.registry;

import dev.caisson.testkit.registry.Pki;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code openssl s_server}, which can be told to speak what no Java server will. */
record SslServer(Process process, int port) implements AutoCloseable {
    static SslServer start(Path directory, Pki.Identity identity, String... options) {
        try {
            int port;
            try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = socket.getLocalPort();
            }
            List<String> command = new ArrayList<>(List.of("openssl", "s_server", "-quiet", "-accept", "127.0.0.1:" + port, "-cert", identity.certificate().toString(), "-key", identity.key().toString()));
            command.addAll(List.of(options));
            Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            SslServer server = new SslServer(process, port);
            for (int i = 0; i < 3000; i++) {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    return server;
                } catch (IOException e) {
                    Thread.sleep(20);
                }
            }
            server.close();
            throw new AssertionError("openssl s_server does not come up");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    String host() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
