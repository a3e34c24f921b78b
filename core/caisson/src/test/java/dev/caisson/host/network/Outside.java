package dev.caisson.host.network;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The internet of a test, on a wire: a repository and its neighbour, each with a web server with and without TLS, a name server of the host's, and somebody who sees every
 * packet that arrives and remembers the marks in it.
 */
final class Outside implements AutoCloseable {
    static final String REPO = Wire.THERE;
    static final String NEIGHBOUR = "198.51.100.3";
    static final String METADATA = "169.254.169.254";
    private static final String SEES = """
            import socket
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
            s.bind(("wire1", 0))
            print("ready", flush=True)
            while True:
                d = s.recv(65535)
                i = d.find(b"MARK-")
                if i >= 0:
                    print(d[i:].split(b";")[0].decode("latin1"), flush=True)
            """;

    final Wire wire;
    final StubNameServer names;
    private final Path directory;
    private final List<Process> running = new ArrayList<>();
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    Outside(Path directory) throws IOException {
        this.directory = directory;
        wire = new Wire();
        for (String each : List.of(NEIGHBOUR + "/24", METADATA + "/32")) {
            wire.there("ip", "addr", "add", each, "dev", "wire1");
        }
        NetworkTest.output("ip", "route", "add", METADATA + "/32", "via", REPO);
        names = new StubNameServer(Wire.HERE).with("repo.example", REPO).with("other.example", REPO).with("evil.example", NEIGHBOUR).with("rebound.example", METADATA);
        NetworkTest.output("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=repo.example", "-keyout", directory + "/key",
                "-out", directory + "/cert");
        site(REPO, "repo");
        site(NEIGHBOUR, "neighbour");
        plain(METADATA, 80, page("metadata"));
        tls(Wire.THERE6, page("repo6"));
        Process watcher = keep(wire.start(directory, "/usr/bin/python3", "-c", SEES));
        BufferedReader lines = watcher.inputReader(StandardCharsets.ISO_8859_1);
        if (!"ready".equals(lines.readLine())) {
            throw new IOException("nobody watches the wire");
        }
        Thread reader = new Thread(() -> lines.lines().forEach(seen::add), "test-watcher");
        reader.setDaemon(true);
        reader.start();
    }

    private Process keep(Process process) {
        running.add(process);
        return process;
    }

    private Path page(String text) throws IOException {
        Path site = Files.createDirectories(directory.resolve(text));
        Files.writeString(site.resolve("index.html"), text);
        return site;
    }

    private void site(String address, String text) throws IOException {
        Path page = page(text);
        plain(address, 80, page);
        plain(address, 8080, page);
        tls(address, page);
    }

    private void plain(String address, int port, Path page) throws IOException {
        keep(wire.start(page, "busybox", "httpd", "-f", "-p", address + ":" + port, "-h", page.toString()));
    }

    private void tls(String address, Path page) throws IOException {
        String where = address.indexOf(':') < 0 ? address : "[" + address + "]";
        keep(wire.start(page, "openssl", "s_server", "-accept", where + ":443", "-WWW", "-cert", directory + "/cert", "-key", directory + "/key", "-quiet"));
    }

    /** Whether a packet with a mark has arrived. */
    boolean saw(String mark) {
        return seen.contains(mark);
    }

    Set<String> seen() {
        return Set.copyOf(seen);
    }

    @Override
    public void close() {
        running.forEach(p -> {
            p.descendants().forEach(ProcessHandle::destroyForcibly); // one that waits for a client who was cut off would outlive its server
            p.destroyForcibly().onExit().join();
        });
        for (Process each : running) {
            try {
                each.getInputStream().close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        names.close();
        wire.close();
    }
}
