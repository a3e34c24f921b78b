package dev.caisson.network.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.network.etcd.EtcdFailure.Kind;
import dev.caisson.testkit.RequiresRoot;
import dev.caisson.testkit.RequiresTool;
import dev.caisson.testkit.hosts.NetworkSpace;
import dev.caisson.testkit.hosts.RealEtcd;
import dev.caisson.testkit.leak.LeakChecked;
import dev.caisson.testkit.registry.Pki;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client and a real etcd. */
@Tag("host")
@RequiresRoot
@RequiresTool(value = {"etcd", "nsenter", "curl"}, debianPackage = "etcd-server")
@LeakChecked
@Timeout(180)
class EtcdClientTest {
    @TempDir
    Path directory;
    private NetworkSpace space;

    @BeforeEach
    void make() {
        space = NetworkSpace.make();
    }

    @AfterEach
    void end() {
        space.close();
    }

    private static EtcdSettings plain(String... endpoints) {
        return new EtcdSettings(List.of(endpoints).stream().map(URI::create).toList(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    private interface Work {
        void with(EtcdClient client) throws EtcdFailure;
    }

    private void with(EtcdSettings settings, Work work) {
        space.in(() -> {
            try (EtcdClient client = new EtcdClient(settings, Duration.ofSeconds(20))) {
                work.with(client);
            }
            return null;
        });
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Kind kind(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(EtcdFailure.class, call).kind();
    }

    /** In its own words: what etcd refuses arrives, whatever comes behind it. */
    private static void assertKind(Kind expected, org.junit.jupiter.api.function.Executable call) {
        EtcdFailure failure = assertThrows(EtcdFailure.class, call);
        assertEquals(expected, failure.kind(), failure::getMessage);
    }

    @Test
    void keysLeasesAndWatches() {
        try (RealEtcd etcd = new RealEtcd(space, directory.resolve("data"), "http")) {
            with(plain("http://127.0.0.1:9", "http://127.0.0.1:2379"), client -> {
                assertEquals(Optional.empty(), client.get("/a/x"));
                assertTrue(client.commit(new Transaction().ifNoneBelow("/a/").ifAbsent("/a/x").put("/a/x", bytes("1"), 0)).succeeded());
                Transaction.Outcome second = client.commit(new Transaction().ifAbsent("/a/x").put("/a/x", bytes("2"), 0).elseRead("/a/x"));
                assertEquals("false 1", second.succeeded() + " " + new String(second.found().get(0).value(), StandardCharsets.UTF_8));
                assertFalse(client.commit(new Transaction().ifNoneBelow("/a/").delete("/a/x")).succeeded());
                KeyValue seen = client.get("/a/x").orElseThrow();
                assertTrue(client.commit(new Transaction().ifUnchanged(seen).ifValue("/a/x", bytes("1")).put("/a/x", bytes("3"), 0)).succeeded());
                assertFalse(client.commit(new Transaction().ifUnchanged(seen).put("/a/x", bytes("4"), 0)).succeeded());

                long lease = client.grant(Duration.ofSeconds(60));
                client.keepAlive(lease);
                client.commit(new Transaction().put("/a/leased", bytes("l"), lease));
                try (Watch watch = client.watch("/a/", seen.created())) {
                    List<String> seenThere = new ArrayList<>();
                    client.revoke(lease);
                    while (seenThere.size() < 4) {
                        watch.next().events().forEach(e -> seenThere.add((e.deleted() ? "-" : "+") + e.entry().key() + new String(e.entry().value(), StandardCharsets.UTF_8)));
                    }
                    assertEquals(List.of("+/a/x1", "+/a/x3", "+/a/leasedl", "-/a/leased"), seenThere);
                }
                assertKind(Kind.NO_LEASE, () -> client.keepAlive(lease));
                assertKind(Kind.NO_LEASE, () -> client.commit(new Transaction().put("/a/y", bytes("y"), lease)));

                for (int i = 0; i < 12; i++) {
                    Transaction many = new Transaction();
                    for (int j = 0; j < 100; j++) {
                        many.put("/many/" + (i * 100 + j), bytes("v"), 0);
                    }
                    client.commit(many);
                }
                EtcdClient.Listing all = client.list("/many/");
                assertEquals(1200, all.entries().stream().map(KeyValue::key).distinct().count(), "more than one page");
                etcd.call("kv/compaction", "{\"revision\":\"" + all.revision() + "\"}");
                try (Watch watch = client.watch("/a/", 1)) {
                    assertEquals(Kind.COMPACTED, kind(() -> {
                        watch.next();
                        watch.next();
                    }));
                }
                etcd.stop();
                assertEquals(Kind.UNREACHABLE, kind(() -> client.get("/a/x")));
                etcd.start();
                assertTrue(client.get("/a/x").isPresent());
            });
            with(new EtcdSettings(List.of(URI.create("http://127.0.0.1:2379")), Optional.of("root"), Optional.of(write("secret")), Optional.empty(), Optional.empty(), Optional.empty()),
                    client -> assertTrue(assertThrows(EtcdFailure.class, () -> client.get("/a/x")).getMessage().contains("not enabled")));
        }
    }

    private Path write(String password) {
        try {
            return Files.writeString(directory.resolve("password"), password + "\n");
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void tlsUserAndCertificate() {
        Pki pki = new Pki(directory.resolve("pki"));
        Pki.Identity server = pki.server();
        Path ca = pki.directory().resolve("ca.crt");
        URI endpoint = URI.create("https://127.0.0.1:2379");
        try (RealEtcd etcd = new RealEtcd(space, directory.resolve("data"), "https", "--cert-file", server.certificate().toString(), "--key-file", server.key().toString(), "--client-cert-auth",
                "--trusted-ca-file", ca.toString())) {
            Pki.Identity own = pki.issue("host", "/O=host", "DNS:host", "-days 2");
            Pki.Identity named = pki.issue("named", "DNS:named", "-days 2");
            String[] curl = {"--cacert", ca.toString(), "--cert", own.certificate().toString(), "--key", own.key().toString()};
            with(new EtcdSettings(List.of(endpoint), Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(own.certificate()), Optional.of(own.key())), client ->
                    assertEquals(Kind.UNREACHABLE, kind(() -> client.get("/a")), "an authority that nobody named is not trusted"));
            with(new EtcdSettings(List.of(endpoint), Optional.empty(), Optional.empty(), Optional.of(ca), Optional.empty(), Optional.empty()), client ->
                    assertEquals(Kind.UNREACHABLE, kind(() -> client.get("/a")), "without a certificate"));
            etcd.call("auth/user/add", "{\"name\":\"root\",\"password\":\"secret\"}", curl);
            etcd.call("auth/user/grant", "{\"user\":\"root\",\"role\":\"root\"}", curl);
            assertTrue(etcd.call("auth/enable", "{}", curl).contains("header"));
            with(new EtcdSettings(List.of(endpoint), Optional.of("root"), Optional.of(write("secret")), Optional.of(ca), Optional.of(named.certificate()), Optional.of(named.key())), client -> {
                EtcdFailure refused = assertThrows(EtcdFailure.class, () -> client.get("/a"));
                assertTrue(refused.kind() == Kind.DENIED && refused.getMessage().contains("CommonName"), "etcd's own limit, in its words: " + refused.getMessage());
            });
            EtcdSettings settings = new EtcdSettings(List.of(endpoint), Optional.of("root"), Optional.of(write("secret")), Optional.of(ca), Optional.of(own.certificate()), Optional.of(own.key()));
            with(settings, client -> {
                assertTrue(client.commit(new Transaction().put("/a", bytes("1"), 0)).succeeded());
                try (Watch watch = client.watch("/a", 1)) {
                    assertTrue(watch.next() != null);
                }
                etcd.stop(); // and with it its simple tokens
                etcd.start();
                assertEquals("1", new String(client.get("/a").orElseThrow().value(), StandardCharsets.UTF_8), "logs in again");
            });
            write("wrong");
            with(settings, client -> assertEquals(Kind.DENIED, kind(() -> client.get("/a"))));
        }
    }

    /** Whoever answers in its place. */
    @Test
    void othersThatAnswer() {
        for (String answer : List.of("SSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 500 X\r\nContent-Length: 6\r\n\r\n<html>", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{", "",
                "HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\n{}", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "HTTP/1.0 200 OK\r\nX: " + "x".repeat(70_000))) {
            space.in(() -> {
                try (java.net.ServerSocket server = new java.net.ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress())) {
                    Thread thread = new Thread(() -> {
                        try {
                            while (true) {
                                try (java.net.Socket socket = server.accept()) {
                                    socket.getInputStream().read(new byte[4096]);
                                    socket.getOutputStream().write(bytes(answer));
                                }
                            }
                        } catch (java.io.IOException e) {
                            // closed
                        }
                    }, "no-etcd");
                    thread.start();
                    with(plain("http://127.0.0.1:" + server.getLocalPort()), client -> {
                        assertThrows(EtcdFailure.class, () -> client.get("/a"), answer);
                        assertThrows(EtcdFailure.class, () -> {
                            try (Watch watch = client.watch("/a", 1)) {
                                watch.next();
                            }
                        }, answer);
                    });
                    server.close();
                    thread.join();
                }
                return null;
            });
        }
    }

    /** Who waits for somebody that never answers is let go by an interrupt, and by the client's end. */
    @Test
    void whoWaitsIsLetGo() {
        space.in(() -> {
            for (boolean interrupted : new boolean[] {true, false}) {
                try (java.net.ServerSocket server = new java.net.ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress());
                        EtcdClient client = new EtcdClient(plain("http://127.0.0.1:" + server.getLocalPort()), Duration.ofHours(1))) {
                    AtomicReference<EtcdFailure> failure = new AtomicReference<>();
                    Thread waits = new Thread(() -> failure.set(assertThrows(EtcdFailure.class, () -> client.get("/a"))));
                    waits.start();
                    try (java.net.Socket silent = server.accept()) {
                        silent.getInputStream().read();
                        if (interrupted) {
                            waits.interrupt();
                        } else {
                            client.close();
                        }
                        waits.join();
                    }
                    assertEquals(Kind.UNREACHABLE, failure.get().kind());
                    assertEquals(interrupted, failure.get().getMessage().endsWith(": interrupted"), failure.get()::getMessage);
                }
            }
            return null;
        });
    }
}
