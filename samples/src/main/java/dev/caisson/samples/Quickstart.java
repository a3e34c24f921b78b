package dev.caisson.samples;

import static dev.caisson.Capability.NET_RAW;

import dev.caisson.Container;
import dev.caisson.Containers;
import dev.caisson.Engine;
import dev.caisson.Event;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A real web server from image to page to nothing: imports nginx, runs it read-only, fetches its page, shows its log and what each stage took. */
public final class Quickstart {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final PrintStream out;
    private final List<Event> events = Collections.synchronizedList(new ArrayList<>());

    Quickstart(PrintStream out) {
        this.out = out;
    }

    /** Exits with 1 when something is left behind. */
    public static void main(String[] args) throws IOException, InterruptedException {
        System.exit(new Quickstart(System.out).run() ? 0 : 1);
    }

    /**
     * Does it all.
     *
     * @return whether nothing is left behind
     */
    boolean run() throws IOException, InterruptedException {
        Leftovers before = Leftovers.now();
        Stopwatch watch = new Stopwatch();
        NginxImage nginx = NginxImage.make();
        watch.lap("nginx " + nginx.version() + " from Debian packages");
        Path root = Files.createTempDirectory("caisson-quickstart-");
        try (Engine engine = Engine.builder().root(root.resolve("state")).listener(events::add).build()) {
            Containers.use(engine);
            engine.images().importRootfs(nginx.tar(), "nginx", nginx.changes());
            watch.lap("imported as image \"nginx\"");
            serve(root, watch);
        } finally {
            Directories.remove(root);
        }
        watch.lap("engine closed");

        out.println();
        watch.print(out);
        out.println();
        events.forEach(event -> out.printf("%10.3f ms  %-9s %s%n", event.took().toNanos() / 1e6, event.stage(), event.detail()));
        out.println();
        List<String> left = before.newSince(Duration.ofSeconds(2));
        out.println(left.isEmpty() ? "nothing left behind" : "LEFT BEHIND: " + left);
        return left.isEmpty();
    }

    private void serve(Path directory, Stopwatch watch) throws IOException, InterruptedException {
        int port = freePort();
        Path site = directory.resolve("default.conf");
        Files.writeString(site, """
                server {
                    listen 127.0.0.1:%d;
                    location / { root /usr/share/nginx/html; }
                }
                """.formatted(port));
        try (Container web = Containers.image("nginx").networkHost().readOnly().capDrop(NET_RAW)
                .bindReadOnly(site, "/etc/nginx/conf.d/default.conf").run()) {
            watch.lap("container running, pid " + web.pid());
            HttpResponse<String> page = fetch(web, URI.create("http://127.0.0.1:" + port + "/"));
            watch.lap("HTTP " + page.statusCode() + " from " + page.headers().firstValue("server").orElse("?") + ", "
                    + page.body().length() + " characters");
            web.exec("nginx", "-s", "quit").run();
            web.waitForExit(PATIENCE);
            watch.lap("asked by exec to quit, and did");
            out.println(page.body().strip());
            out.println();
            out.println(web.logs().strip());
        }
        watch.lap("container closed");
    }

    /** The first answer: the container runs as soon as nginx is executed, some milliseconds before it listens. */
    private static HttpResponse<String> fetch(Container web, URI page) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
        HttpRequest request = HttpRequest.newBuilder(page).timeout(PATIENCE).build();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return client.send(request, HttpResponse.BodyHandlers.ofString());
            } catch (ConnectException e) {
                if (web.state() != Container.State.RUNNING || System.nanoTime() > end) {
                    throw new IOException("no answer from " + page + ", container " + web.state() + ": " + web.logs(), e);
                }
                Thread.sleep(5);
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
