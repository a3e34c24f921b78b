package dev.caisson.testkit.conformance;

import static dev.caisson.testkit.conformance.StorageFixture.layer;

import dev.caisson.spi.storage.LayerDraft;
import dev.caisson.spi.storage.StorageDriver;
import dev.caisson.spi.storage.StorageProvider;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** An engine that is killed while it fills a layer: a JVM of its own, so that the kernel takes its locks. */
final class DraftAndDie {
    private DraftAndDie() {}

    /** @param args the provider's class, the fixture's directory */
    public static void main(String[] args) throws Exception {
        StorageProvider provider = (StorageProvider) Class.forName(args[0]).getConstructor().newInstance();
        StorageDriver driver = StorageFixture.open(provider, Path.of(args[1]));
        LayerDraft draft = driver.draft(layer(1), null);
        StorageFixture.fill(draft, (tree, how) -> tree.write("half", "written"));
        Runtime.getRuntime().halt(9);
    }

    static void run(StorageProvider provider, Path directory) throws Exception {
        Process jvm = new ProcessBuilder(ProcessHandle.current().info().command().orElse("java"), "-cp", System.getProperty("java.class.path"),
                DraftAndDie.class.getName(), provider.getClass().getName(), directory.toString()).redirectErrorStream(true).start();
        String output = new String(jvm.getInputStream().readAllBytes());
        if (!jvm.waitFor(60, TimeUnit.SECONDS) || jvm.exitValue() != 9) {
            jvm.destroyForcibly();
            throw new AssertionError("the engine that was to die in its draft did not come so far: " + output);
        }
    }
}
