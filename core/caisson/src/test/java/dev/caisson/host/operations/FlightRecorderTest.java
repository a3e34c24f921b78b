package dev.caisson.host.operations;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the JDK's flight recorder gets to see. */
class FlightRecorderTest extends EngineTest {
    /** Its threads begin with the first recording and stay; they are the JDK's. */
    @BeforeAll
    static void awake() {
        try (Recording first = new Recording()) {
            first.start();
        }
    }

    @Test
    void theFlightRecorderSeesTheStages() throws IOException {
        Path file = directory.resolve("stages.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("dev.caisson.Stage");
            recording.start();
            tiny().command(observer("true")).execute();
            recording.stop();
            recording.dump(file);
        }
        List<String> stages = RecordingFile.readAllEvents(file).stream().filter(e -> e.getEventType().getName().equals("dev.caisson.Stage")).map(e -> e.getString("stage")).toList();
        assertTrue(stages.containsAll(List.of("RESOLVE", "ROOTFS", "NETWORK", "PLAN", "SPAWN", "SUPERVISE")), stages::toString);
    }
}
