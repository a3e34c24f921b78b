package dev.caisson.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.InvalidSpec;
import dev.caisson.NetworkProblem;
import dev.caisson.Registry;
import dev.caisson.RegistryServer;
import dev.caisson.StorageProblem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What is refused before a byte is served, each with a remedy. */
class SettingsTest extends ServedTest {
    private void invalid(String why, Consumer<RegistryServer.Builder> settings) {
        InvalidSpec problem = assertThrows(InvalidSpec.class, () -> {
            RegistryServer.Builder builder = Registry.serve(directory());
            settings.accept(builder);
            builder.start();
        });
        assertTrue(problem.getMessage().contains(why), problem.getMessage());
        assertTrue(Files.notExists(directory()), "nothing was made");
    }

    @Test
    void valuesThatMeanNothing() {
        invalid("port(-1)", b -> b.port(-1));
        invalid("port(65536)", b -> b.port(65_536));
        invalid("threads(1)", b -> b.threads(1));
        invalid("patience(", b -> b.patience(Duration.ZERO));
        invalid("patience(", b -> b.patience(Duration.ofHours(2)));
        invalid("largestBlob(0)", b -> b.largestBlob(0));
        invalid("tokens(", b -> b.user("me", "pw").tokens(Duration.ofSeconds(1)));
        invalid("user(\"a:b\"", b -> b.user("a:b", "pw"));
        invalid("user(\"me\"", b -> b.user("me", "p\nw"));
        invalid("without users", b -> b.tokens(Duration.ofMinutes(1)));
        invalid("without users", b -> b.anonymousPull());
        invalid("needs tokens", b -> b.user("me", "pw").anonymousPull());
        invalid("is no IP address", b -> b.address("registry.example.org"));
        invalid("is no IP address", b -> b.address("1234"));
        invalid("plainHttp()", b -> b.address("0.0.0.0"));
        invalid("htpasswd", b -> b.htpasswd(Path.of("/nonexistent")));
        invalid("tls(", b -> b.tls(Path.of("/nonexistent"), Path.of("/nonexistent")));
        invalid("tls(", b -> b.tls(Path.of("/nonexistent"), "pw"));
        invalid("tls(", b -> b.tls(Path.of("/etc/hostname"), Path.of("/etc/hostname")));
    }

    @Test
    void onAllAddressesIfThatIsMeant() {
        assertEquals(200, serve(b -> b.address("0.0.0.0").plainHttp()).get("/v2/").status());
        assertTrue(server.host().matches("127\\.0\\.0\\.1:\\d+"), server.host());
    }

    @Test
    void onIpv6() {
        serve(b -> b.address("::1"));
        assertTrue(server.host().matches("\\[0:0:0:0:0:0:0:1]:\\d+|\\[::1]:\\d+"), server.host());
    }

    @Test
    void aPortThatIsTaken() {
        serve();
        int port = server.uri().getPort();
        NetworkProblem problem = assertThrows(NetworkProblem.class, () -> Registry.serve(temp.resolve("other")).port(port).start());
        assertTrue(problem.remedy().contains("another port"), problem.getMessage());
        Registry.serve(temp.resolve("other")).start().close(); // and its directory was let go
    }

    @Test
    void aDirectoryThatIsTaken() {
        Http http = serve();
        StorageProblem problem = assertThrows(StorageProblem.class, () -> Registry.serve(directory()).start());
        assertTrue(problem.getMessage().contains("another registry serves"), problem.getMessage());
        assertEquals(200, http.get("/v2/").status());
        assertThrows(StorageProblem.class, () -> Registry.serve(directory()).start(), "still, after the one that failed");
    }

    @Test
    void aDirectoryOfSomethingElse() throws Exception {
        Path home = Files.createDirectories(temp.resolve("home"));
        Files.writeString(home.resolve("precious"), "x");
        StorageProblem problem = assertThrows(StorageProblem.class, () -> Registry.serve(home).start());
        assertTrue(problem.getMessage().contains("precious"), problem.getMessage());
        serve();
        server.close();
        Files.writeString(directory().resolve("version"), "caisson registry 9\n");
        assertTrue(assertThrows(StorageProblem.class, () -> Registry.serve(directory()).start()).getMessage().contains("of another version"));
    }

    @Test
    void theDirectoryIsItsOwnersAlone() throws Exception {
        serve();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory())), "security.md row 81");
    }

    @Test
    void closedTwiceAndUsedAfter() {
        serve();
        server.close();
        server.close();
        assertThrows(StorageProblem.class, () -> server.collectGarbage(Duration.ZERO));
    }
}
