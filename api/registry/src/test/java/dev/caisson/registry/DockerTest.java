package dev.caisson.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Docker's own daemon and command line push to our registry and pull from it. The daemon runs no container: storage driver vfs, no bridge, no rules. */
@Tag("host")
@RequiresRoot
class DockerTest extends ServedTest {
    private Process daemon;

    @BeforeEach
    void docker() throws Exception {
        Path home = Files.createDirectories(temp.resolve("docker"));
        // In a mount namespace of its own, so that what it mounts goes with it.
        daemon = new ProcessBuilder("unshare", "--mount", "--propagation", "private", "dockerd", "--data-root", home + "/data", "--exec-root", home + "/exec", "--pidfile", home + "/pid",
                "--host", "unix://" + home + "/sock", "--storage-driver", "vfs", "--bridge", "none", "--iptables=false", "--ip-forward=false").redirectErrorStream(true)
                .redirectOutput(home.resolve("log").toFile()).start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (!up()) {
            assertTrue(daemon.isAlive() && System.nanoTime() < end, () -> "the daemon does not come up: " + Shells.run("tail -20 " + home + "/log"));
            Thread.sleep(100);
        }
    }

    private boolean up() throws IOException, InterruptedException {
        return new ProcessBuilder("docker", "--host", "unix://" + temp + "/docker/sock", "version").redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
    }

    @AfterEach
    void stop() throws Exception {
        daemon.destroy(); // it ends its containerd, too
        assertTrue(daemon.waitFor(60, TimeUnit.SECONDS), "the daemon ends");
    }

    private String sh(String script) {
        return Shells.run("cd " + temp + "; export DOCKER_CONFIG=" + temp + "/config DOCKER_HOST=unix://" + temp + "/docker/sock; " + script).strip();
    }

    @Test
    void pullsAndPushes() {
        serve(b -> b.user("me", "pw").tokens(java.time.Duration.ofMinutes(1)));
        String app = server.host() + "/team/app";
        sh("umoci init --layout oci; umoci new --image oci:v1; mkdir -p root/etc; echo hello > root/etc/hello; head -c 300000 /dev/urandom > root/big; umoci insert --rootless --image oci:v1 root /data;"
                + "umoci insert --rootless --image oci:v1 root/etc /more; skopeo copy -q --dest-tls-verify=false --dest-creds me:pw oci:oci:v1 docker://" + app + ":v1");
        Shells.fails("cd " + temp + "; DOCKER_CONFIG=" + temp + "/config docker --host unix://" + temp + "/docker/sock pull " + app + ":v1");
        // As docker login writes it where no helper is set up.
        sh("mkdir -p config; echo '{\"auths\":{\"" + server.host() + "\":{\"auth\":\"'$(printf me:pw | base64)'\"}}}' > config/config.json");
        String digest = sh("skopeo inspect --tls-verify=false --creds me:pw --format '{{.Digest}}' docker://" + app + ":v1");
        assertTrue(sh("docker pull " + app + ":v1").contains(digest));
        String other = server.host() + "/other/app:v2";
        String pushed = sh("docker tag " + app + ":v1 " + other + "; docker push " + other).replaceFirst("(?s).*digest: (sha256:[0-9a-f]{64}).*", "$1");
        assertEquals(pushed, sh("skopeo inspect --tls-verify=false --creds me:pw --format '{{.Digest}}' docker://" + other));
        sh("docker rmi " + app + ":v1 " + other + "; docker pull " + server.host() + "/other/app@" + pushed);
        sh("skopeo copy -q --src-tls-verify=false --src-creds me:pw docker://" + other + " oci:back:v2; umoci unpack --rootless --image back:v2 bundle; diff -r root bundle/rootfs/data");
    }
}
