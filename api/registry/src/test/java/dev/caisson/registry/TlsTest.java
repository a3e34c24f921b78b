package dev.caisson.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import dev.caisson.Registry;
import dev.caisson.testkit.registry.Pki;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS, as curl and openssl see it. Row 89 from the registry's side. */
@Tag("host")
@Timeout(180)
class TlsTest extends ServedTest {
    private Pki.Identity identity;

    @BeforeEach
    void certificates() {
        identity = new Pki(temp.resolve("pki")).server();
    }

    private String base() {
        return "curl -sS --cacert " + temp + "/pki/ca.crt -o /dev/null -w '%{http_code}' ";
    }

    private String handshake(String options) {
        return "openssl s_client -connect " + server.host() + " -CAfile " + temp + "/pki/ca.crt -verify_return_error " + options + " < /dev/null";
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-256", "ed25519"})
    void everyKindOfKey(String kind) {
        Path key = temp.resolve("k.key");
        Shells.run("cd " + temp + "; openssl req -x509 -newkey " + kind + " -nodes -days 2 -subj /CN=x -addext subjectAltName=IP:127.0.0.1 -keyout k.key -out k.pem");
        serve(b -> b.tls(temp.resolve("k.pem"), key));
        assertEquals("200", Shells.run("curl -sS --cacert " + temp + "/k.pem -o /dev/null -w '%{http_code}' " + server.uri() + "/v2/"));
    }

    @Test
    void fromPkcs12() {
        Shells.run("openssl pkcs12 -export -in " + identity.certificate() + " -inkey " + identity.key() + " -passout pass:secret -out " + temp + "/s.p12");
        assertThrows(InvalidSpec.class, () -> Registry.serve(directory()).tls(temp.resolve("s.p12"), "wrong").start());
        serve(b -> b.tls(temp.resolve("s.p12"), "secret"));
        assertEquals("200", Shells.run(base() + server.uri() + "/v2/"));
        assertTrue(server.uri().toString().startsWith("https://"));
    }

    @Test
    void aKeyOfAnotherFormHasARemedy() {
        Shells.run("openssl rsa -traditional -in " + identity.key() + " -out " + temp + "/old.key; openssl pkcs8 -topk8 -in " + identity.key() + " -passout pass:x -out " + temp + "/enc.key");
        for (String file : new String[] {"old.key", "enc.key"}) {
            InvalidSpec problem = assertThrows(InvalidSpec.class, () -> Registry.serve(directory()).tls(identity.certificate(), temp.resolve(file)).start());
            assertTrue(problem.remedy().contains("openssl pkcs8"), problem.getMessage());
        }
    }

    @Test
    void oldProtocolsAreRefused() {
        serve(b -> b.tls(identity.certificate(), identity.key()));
        Shells.run(handshake("-tls1_2"));
        Shells.run(handshake("-tls1_3"));
        Shells.fails(handshake("-tls1_1 -cipher 'DEFAULT@SECLEVEL=0'"));
        Shells.fails(handshake("-tls1 -cipher 'DEFAULT@SECLEVEL=0'"));
    }

    @Test
    void plainHttpIsToldSo() throws IOException {
        serve(b -> b.tls(identity.certificate(), identity.key()));
        try (Socket socket = as("").open()) {
            socket.getOutputStream().write(bytes("GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"));
            Http.Answer answer = Http.read(socket.getInputStream(), "GET");
            assertEquals(400, answer.status());
            assertTrue(answer.text().contains("https://"), answer::text);
        }
    }

    @Test
    void whoStandsStillInTheHandshakeIsCutOff() throws IOException {
        serve(b -> b.tls(identity.certificate(), identity.key()).patience(Duration.ofSeconds(1)));
        for (byte[] begun : new byte[][] {{}, {0x16}, {0x16, 3, 1, 2, 0, 1}}) {
            try (Socket socket = as("").open()) {
                socket.getOutputStream().write(begun);
                try {
                    socket.getInputStream().readAllBytes(); // an alert perhaps, and the end
                } catch (java.net.SocketException e) {
                    // or reset
                }
            }
        }
    }

    @Test
    void garbageAfterTheFirstByte() throws IOException {
        serve(b -> b.tls(identity.certificate(), identity.key()));
        try (Socket socket = as("").open()) {
            byte[] noise = new byte[500];
            new java.util.Random(1).nextBytes(noise);
            noise[0] = 0x16;
            socket.getOutputStream().write(noise);
            socket.shutdownOutput();
            socket.getInputStream().readAllBytes();
        } catch (java.net.SocketException e) {
            // or reset
        }
        assertEquals("200", Shells.run(base() + server.uri() + "/v2/"));
    }

    @Test
    void aClientThatDoesNotReadDoesNotHoldUpTheEnd() throws IOException {
        Http plain = serve();
        byte[] large = new byte[32 << 20];
        String path = "/v2/app/blobs/" + blob(plain, "app", large);
        server.close();
        serve(b -> b.tls(identity.certificate(), identity.key()));
        Process slow = new ProcessBuilder("sh", "-c", "printf 'GET " + path + " HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' | openssl s_client -connect " + server.host() + " -quiet -ign_eof | sleep 60").start();
        try {
            assertEquals("200", Shells.run(base() + server.uri() + "/v2/"));
            server.close(); // and ServedTest sees that no thread is left
        } finally {
            slow.descendants().forEach(ProcessHandle::destroyForcibly);
            slow.destroyForcibly();
        }
    }
}
