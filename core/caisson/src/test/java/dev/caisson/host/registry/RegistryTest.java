package dev.caisson.host.registry;

import dev.caisson.Engine;
import dev.caisson.RegistryAccess;
import dev.caisson.host.EngineTest;
import dev.caisson.testkit.registry.OwnRegistry;
import dev.caisson.testkit.rootfs.TinyRootfs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A registry with a password, and in it the tiny root file system as an image {@code team/tiny:v1}, put there by skopeo. */
abstract class RegistryTest extends EngineTest {
    protected OwnRegistry registry;
    /** The image's name. */
    protected String tiny;

    @Override
    protected Engine.Builder settings(Engine.Builder usual) {
        registry = OwnRegistry.password(directory.resolve("registry"), "me", "pw");
        tiny = registry.host() + "/team/tiny:v1";
        return usual.registry(access());
    }

    protected RegistryAccess access() {
        return RegistryAccess.of(registry.host()).login("me", "pw");
    }

    @BeforeEach
    void fill() {
        push("v1", "CMD [\"" + TinyRootfs.TRUE + "\"]");
    }

    /** Makes an image elsewhere and has skopeo push it. */
    protected void push(String tag, String... changes) {
        try (Engine maker = Engine.builder().root(directory.resolve("maker")).runDirectory(directory.resolve("maker-run")).build()) {
            maker.images().importRootfs(root.tar(directory.resolve("tiny.tar")), "tiny:" + tag, changes);
            maker.images().save("tiny:" + tag, directory.resolve("saved.tar"));
        }
        skopeo("copy", "-q", "--dest-tls-verify=false", "--dest-creds", "me:pw", "oci-archive:" + directory.resolve("saved.tar") + ":" + tag, "docker://" + registry.host() + "/team/tiny:" + tag);
    }

    protected static void skopeo(String... arguments) {
        try {
            java.util.List<String> command = new java.util.ArrayList<>(java.util.List.of("skopeo"));
            command.addAll(java.util.List.of(arguments));
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(command + ": " + output);
            }
        } catch (java.io.IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void stop() {
        engine.close();
        registry.close();
    }
}
