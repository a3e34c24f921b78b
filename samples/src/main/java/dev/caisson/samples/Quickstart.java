package dev.caisson.samples;

import static dev.caisson.Capability.NET_RAW;

import dev.caisson.Container;
import dev.caisson.Containers;
import dev.caisson.Engine;
import dev.caisson.Event;
import java.io.IOException;
import java.io.PrintStream;
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
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration RETRY = Duration.ofMillis(20);

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
            serve(watch);
        } finally {
            Directories.remove(root);
        }
        watch.lap("engine closed");

        out.println();
        watch.print(out);
        out.println();
        events.forEach(event -> out.printf("%10.3f ms  %-9s %s%n", event.took().toNanos() / 1e6, event.stage(), event.detail()));
        out.println();
        List<String> left = before.newSince(Duration.ofSeconds(30));
        out.println(left.isEmpty() ? "nothing left behind" : "LEFT BEHIND: " + left);
        return left.isEmpty();
    }

    private void serve(Stopwatch watch) throws IOException, InterruptedException {
        try (Container web = Containers.image("nginx").port(80).readOnly().capDrop(NET_RAW).run()) {
            watch.lap("container runs, at " + web.uri(80) + ", pid " + web.pid());
            HttpResponse<String> page = fetch(web.uri(80));
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

    /** The port is there before the program listens behind it: until then a connection ends without an answer. */
    private static HttpResponse<String> fetch(URI page) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return client.send(HttpRequest.newBuilder(page).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
            } catch (IOException notYet) {
                if (System.nanoTime() > deadline) {
                    throw notYet;
                }
                Thread.sleep(RETRY.toMillis());
            }
        }
    }
}
