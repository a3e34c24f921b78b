package dev.caisson.benchmarks;

import dev.caisson.Engine;
import dev.caisson.RegistryAccess;
import dev.caisson.testkit.registry.RealRegistry;
import dev.caisson.testkit.registry.StaticRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Brings the same Debian from a registry on loopback to an unpacked root file system, in turn by {@code skopeo copy} and {@code umoci unpack}, by {@code tar -xzf} of
 * the same layers (which are on this disk already, so it fetches and checks nothing), and by {@code images().pull(…)}, which also syncs to disk what the others do not.
 * The registry is Debian's docker-registry, or nginx, which takes less of the same processors. Then a pull of what is there.
 * Every round runs every peer once, and what it made is removed between them, untimed. All is measured twice, as starts are: in a JVM that has pulled a few
 * times, whose compiler takes a part of the processors still, and in one that has compiled what it does.
 * The directory should be on a file system with a journal: an ext4 without one gives out inodes very slowly after many were deleted.
 */
public final class Pulls implements AutoCloseable {
    private static final int WARM_UP = 3;
    /** Pulls after which a JVM has compiled what it does. */
    private static final int COMPILED = 30;
    private static final int PRESENT = 50;

    private final Path layout;
    private final Path work;
    private final Server server;
    private final Engine engine;

    /** @param put brings an image of the layout to it @param close ends it */
    private record Server(String host, Consumer<String> put, Supplier<String> log, Runnable close) {}

    /** @param args the directory of {@code benchmarks/debian-layout}, rounds (default 7), "nginx" for it in docker-registry's place */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 7;
        Path work = Files.createTempDirectory(Path.of(args[0]), "pulls-");
        try (Pulls pulls = new Pulls(Path.of(args[0], "layout"), work, args.length > 2 && args[2].equals("nginx"))) {
            List<String> images = List.of("one", "eight");
            for (String image : images) {
                pulls.server.put().accept(image);
                System.out.print(pulls.compare(image, rounds, "after few pulls"));
            }
            images.forEach(pulls::compile);
            for (String image : images) {
                System.out.print(pulls.compare(image, rounds, "after many"));
            }
            System.out.print(pulls.present("eight"));
        } finally {
            shell("rm -rf '" + work + "'");
        }
    }

    Pulls(Path layout, Path work, boolean nginx) throws IOException {
        this.layout = layout;
        this.work = work;
        this.server = nginx ? nginx() : registry();
        this.engine = Engine.builder().root(work.resolve("root")).registry(RegistryAccess.of(server.host()).plainHttp()).build();
    }

    private Server registry() {
        RealRegistry registry = RealRegistry.plain(work.resolve("registry"));
        return new Server(registry.host(), image -> shell("skopeo copy -q --dest-tls-verify=false 'oci:" + layout + ":" + image + "' 'docker://" + name(image) + "'"), registry::log, registry::close);
    }

    private Server nginx() {
        StaticRegistry nginx = new StaticRegistry(work.resolve("nginx"), layout, Map.of("debian/one", digest("one"), "debian/eight", digest("eight")));
        return new Server(nginx.host(), image -> {}, nginx::log, nginx::close);
    }

    private String name(String image) {
        return server.host() + "/debian/" + image + ":1";
    }

    private void compile(String image) {
        for (int i = 0; i < COMPILED; i++) {
            engine.images().pull(name(image));
            engine.images().remove(name(image));
        }
    }

    private String compare(String image, int rounds, String state) throws IOException {
        Map<String, Samples> results = new LinkedHashMap<>();
        for (String peer : List.of("skopeo + umoci", "tar -xzf", "caisson pull")) {
            results.put(peer, new Samples());
        }
        for (int round = -WARM_UP; round < rounds; round++) {
            if (round == 0) {
                results.values().forEach(Samples::clear);
            }
            Path out = work.resolve("out");
            List<Path> layers = layers(image);
            results.get("skopeo + umoci").add(timed(() -> shell("skopeo copy -q --src-tls-verify=false 'docker://" + name(image) + "' 'oci:" + out + ":x' && umoci unpack --image '"
                    + out + ":x' '" + out + "/bundle' >/dev/null 2>&1")));
            remove(out);
            StringBuilder untar = new StringBuilder("mkdir '" + out + "'");
            layers.forEach(l -> untar.append(" && tar -C '").append(out).append("' -xzf '").append(l).append("'"));
            results.get("tar -xzf").add(timed(() -> shell(untar.toString())));
            remove(out);
            results.get("caisson pull").add(timed(() -> engine.images().pull(name(image))));
            engine.images().remove(name(image));
            shell("sync");
        }
        StringBuilder table = new StringBuilder(String.format(Locale.ROOT, "%n%-18s %10s %10s %10s %10s   (%s, %s, %d rounds)%n", "", "median ms", "p90 ms", "of skopeo+", "of tar", image, state,
                rounds));
        results.forEach((peer, samples) -> table.append(String.format(Locale.ROOT, "%-18s %10.0f %10.0f %10.2f %10.2f%n", peer, samples.medianMillis(), samples.p90Millis(),
                samples.medianMillis() / results.get("skopeo + umoci").medianMillis(), samples.medianMillis() / results.get("tar -xzf").medianMillis())));
        return table.toString();
    }

    private String digest(String image) {
        return "sha256:" + output("skopeo inspect --raw 'oci:" + layout + ":" + image + "' | sha256sum").substring(0, 64);
    }

    /** The blobs of an image's layers in the layout, lowest first. */
    private List<Path> layers(String image) throws IOException {
        String digests = output("skopeo inspect --raw 'oci:" + layout + ":" + image + "' | tr '{' '\\n' | grep tar | grep -o 'sha256:[0-9a-f]*'");
        List<Path> layers = new ArrayList<>();
        digests.lines().forEach(d -> layers.add(layout.resolve("blobs/sha256").resolve(d.substring(7))));
        return layers;
    }

    private String present(String image) {
        engine.images().pull(name(image));
        Samples samples = new Samples();
        long asked = 0;
        for (int i = 0; i < 2 * PRESENT; i++) {
            if (i == PRESENT) {
                samples.clear();
                asked = asked();
            }
            samples.add(timed(() -> engine.images().pull(name(image))));
        }
        return String.format(Locale.ROOT, "%na pull of what is there: %.2f ms (median of %d, p90 %.2f), %.1f requests%n", samples.medianMillis(), PRESENT, samples.p90Millis(),
                (asked() - asked) / (double) PRESENT);
    }

    private long asked() {
        return server.log().get().lines().filter(l -> l.contains("\"GET /v2/") || l.contains("\"HEAD /v2/")).count();
    }

    private static long timed(Runnable work) {
        long from = System.nanoTime();
        work.run();
        return System.nanoTime() - from;
    }

    private static void remove(Path directory) {
        shell("rm -rf '" + directory + "'; sync");
    }

    private static void shell(String command) {
        output(command);
    }

    static String output(String command) {
        try {
            Process process = new ProcessBuilder("bash", "-ec", command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(command + ": " + output);
            }
            return output;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(command, e);
        }
    }

    @Override
    public void close() {
        engine.close();
        server.close().run();
    }
}
