package dev.caisson.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.Registry;
import dev.caisson.RegistryServer;
import dev.caisson.registry.protocol.Digest;
import dev.caisson.testkit.crash.Progress;
import dev.caisson.testkit.crash.ScenarioProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** {@code kill -9} of the registry while it is pushed to: what was answered is there, nothing is half there, the next push goes through. */
@Tag("host")
@Timeout(180)
class KillServerTest extends ServedTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int KILLS = 6;

    /** Serves a directory until it is killed. */
    public static final class Serving {
        public static void main(String[] arguments) throws InterruptedException {
            RegistryServer server = Registry.serve(Path.of(arguments[0])).start();
            Progress.mark(server.uri().toString());
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    private static Http connected(ScenarioProcess jvm) {
        while (jvm.marks().isEmpty()) {
            assertTrue(jvm.jvm().isAlive());
            Thread.onSpinWait();
        }
        return new Http(URI.create(jvm.marks().get(0)), "");
    }

    @Test
    void inTheMiddleOfAnUpload() throws IOException {
        byte[] content = new byte[5 << 20];
        new Random(1).nextBytes(content);
        Digest digest = digest(content);
        try (ScenarioProcess jvm = ScenarioProcess.start(Serving.class, directory().toString())) {
            Http http = connected(jvm);
            blob(http, "app", bytes("before"));
            String at = http.send("POST", "/v2/app/blobs/uploads/", NOTHING).header("Location");
            try (Socket socket = http.open()) {
                socket.getOutputStream().write(bytes("PUT " + at + "?digest=" + digest + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + content.length + "\r\n\r\n"));
                socket.getOutputStream().write(content, 0, content.length / 2);
                while (http.get(at).header("Range").equals("0-0")) {
                    Thread.onSpinWait();
                }
                jvm.jvm().destroyForcibly();
                jvm.waitFor(LONG);
            }
        }
        try (Stream<Path> left = Files.list(directory().resolve("uploads"))) {
            assertEquals(1, left.count(), "the half that came");
        }
        Http http = serve();
        try (Stream<Path> left = Files.list(directory().resolve("uploads"))) {
            assertEquals(0, left.count());
        }
        refused(404, "BLOB_UNKNOWN", http.get("/v2/app/blobs/" + digest));
        assertEquals("before", http.get("/v2/app/blobs/" + digest(bytes("before"))).text());
        blob(http, "app", content);
    }

    @Test
    void atRandomInstantsWhileManyPush() throws Exception {
        long seed = Long.getLong("caisson.crash.seed", System.nanoTime());
        LoggerFactory.getLogger(KillServerTest.class).warn("seed: -Dcaisson.crash.seed={}", seed);
        Random random = new Random(seed);
        Map<String, Digest> answered = new ConcurrentHashMap<>();
        AtomicInteger number = new AtomicInteger();
        for (int i = 0; i < KILLS; i++) {
            try (ScenarioProcess jvm = ScenarioProcess.start(Serving.class, directory().toString())) {
                Http http = connected(jvm);
                AtomicBoolean dead = new AtomicBoolean();
                List<Thread> pushers = new ArrayList<>();
                for (int p = 0; p < 4; p++) {
                    Thread pusher = new Thread(() -> push(http, number, answered, dead));
                    pusher.start();
                    pushers.add(pusher);
                }
                int before = answered.size();
                while (answered.size() == before) {
                    Thread.onSpinWait();
                }
                Thread.sleep(random.nextInt(300));
                dead.set(true);
                jvm.jvm().destroyForcibly();
                jvm.waitFor(LONG);
                for (Thread pusher : pushers) {
                    pusher.join();
                }
            }
            allIsThere(answered);
        }
        assertTrue(answered.size() >= KILLS, "only " + answered.size() + " pushes were answered");
    }

    private static void push(Http http, AtomicInteger number, Map<String, Digest> answered, AtomicBoolean dead) {
        while (!dead.get()) {
            try {
                String tag = "v" + number.incrementAndGet();
                answered.put(tag, image(http, "app", tag, ",\"annotations\":{\"tag\":\"" + tag + "\"}"));
            } catch (UncheckedIOException e) {
                return; // it was killed
            }
        }
    }

    private void allIsThere(Map<String, Digest> answered) throws IOException {
        Http http = serve();
        answered.forEach((tag, digest) -> {
            Http.Answer manifest = http.get("/v2/app/manifests/" + tag);
            assertEquals(digest.toString(), manifest.header("Docker-Content-Digest"), tag);
            assertEquals(digest, digest(manifest.body()), tag);
        });
        String tags = http.get("/v2/app/tags/list").text();
        for (String tag : tags.replaceFirst(".*\\[", "").replaceAll("[\"\\]}\\s]", "").split(",")) {
            assertTrue(tag.isEmpty() || tags.contains("NAME_UNKNOWN") || http.get("/v2/app/manifests/" + tag).status() == 200, () -> "tag " + tag + " stands for what is not there");
        }
        try (Stream<Path> blobs = Files.walk(directory().resolve("blobs"))) {
            for (Path blob : blobs.filter(Files::isRegularFile).toList()) {
                assertEquals(blob.getFileName().toString(), digest(Files.readAllBytes(blob)).hex(), "half a blob");
            }
        }
        server.close();
    }
}
