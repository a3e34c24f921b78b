package dev.caisson.host.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.host.EngineTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A consumer that cannot keep up holds up the container, not the heap; nothing is dropped. */
@Timeout(180)
class BackPressureTest extends EngineTest {
    /** 64 MiB through a JVM of 48: what is not taken yet stays in the pipe and in the program. */
    @Test
    void aSlowLogDriverHoldsUpTheContainer() throws Exception {
        Process jvm = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx48m", "-XX:+UseSerialGC", "-XX:-UsePerfData",
                "-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), SlowConsumer.class.getName(),
                directory.resolve("slow").toString(), directory.resolve("slow-run").toString(), root.path().toString(), Integer.toString((64 << 20) / 13))
                .redirectErrorStream(true).start();
        jvm.getOutputStream().close();
        String output = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(jvm.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, jvm.exitValue(), output);
        jvm.getInputStream().close();
    }
}
