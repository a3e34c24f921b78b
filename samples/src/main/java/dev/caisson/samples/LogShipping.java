package dev.caisson.samples;

import dev.caisson.Engine;
import dev.caisson.spi.Availability;
import dev.caisson.spi.DriverContext;
import dev.caisson.spi.OptionSpec;
import dev.caisson.spi.Options;
import dev.caisson.spi.logging.LogDriver;
import dev.caisson.spi.logging.LogEntry;
import dev.caisson.spi.logging.LogProvider;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Ships every line of every container to a collector, as JSON over TCP, by a log driver of one's own: what {@code Engine.builder().logging(…)} is for. */
public final class LogShipping implements LogProvider {
    private static final String NAME = "shipping";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int priority() {
        return 1;
    }

    @Override
    public Availability probe(DriverContext context) {
        return Availability.yes();
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(new OptionSpec("address", OptionSpec.Type.STRING, "127.0.0.1:5170", "host and port of the collector"));
    }

    /** A connection for each container. */
    @Override
    public LogDriver open(DriverContext context, Options options) {
        String[] address = options.text("address").split(":");
        try {
            return new Shipper(new Socket(address[0], Integer.parseInt(address[1])), context.subject().name());
        } catch (IOException e) {
            throw new UncheckedIOException("no collector at " + options.text("address"), e);
        }
    }

    private record Shipper(Socket socket, String container) implements LogDriver {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public void log(LogEntry entry) throws IOException {
            String line = StandardCharsets.UTF_8.decode(entry.line().duplicate()).toString();
            String json = "{\"time\":\"" + Instant.ofEpochSecond(entry.epochSecond(), entry.nano()) + "\",\"container\":\"" + escaped(container) + "\",\"stream\":\"" + entry.stream().text()
                    + "\",\"message\":\"" + escaped(line) + "\"}\n";
            socket.getOutputStream().write(json.getBytes(StandardCharsets.UTF_8));
        }

        private static String escaped(String text) {
            StringBuilder escaped = new StringBuilder();
            text.chars().forEach(c -> escaped.append(c < 0x20 || c == '"' || c == '\\' ? String.format("\\u%04x", c) : String.valueOf((char) c)));
            return escaped.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** A collector, a container that prints, and what arrives. */
    public static void main(String[] args) throws IOException {
        Path root = Files.createTempDirectory("caisson-logs-");
        try (BusyboxRootfs busybox = BusyboxRootfs.make(); Engine engine = Engine.builder().root(root).logging(new LogShipping()).build()) {
            shipped(engine, busybox.directory()).forEach(System.out::println);
        } finally {
            Directories.remove(root);
        }
    }

    static List<String> shipped(Engine engine, Path rootfs) throws IOException {
        try (ServerSocket collector = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + collector.getLocalPort();
            engine.rootfs(rootfs).name("talker").logDriver(NAME, Map.of("address", address))
                    .command("sh", "-c", "echo one; echo 'say \"two\"' >&2; echo three").run().waitForExit(java.time.Duration.ofSeconds(60));
            try (Socket shipper = collector.accept(); BufferedReader lines = new BufferedReader(new InputStreamReader(shipper.getInputStream(), StandardCharsets.UTF_8))) {
                return lines.lines().toList(); // until the driver is closed, which is when the container's output has ended
            }
        }
    }
}
