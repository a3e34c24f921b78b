package dev.caisson.testkit.leak;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.test;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.instanceOf;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** The extension, seen from outside: a test that passes but leaves a file fails. */
@Tag("host")
class LeakCheckedTest {
    @Test
    void aTestThatLeavesSomethingFails() throws Exception {
        Events tests = EngineTestKit.engine("junit-jupiter").selectors(selectClass(Careless.class)).execute().testEvents();
        Files.deleteIfExists(Careless.LEFT);
        tests.assertStatistics(statistics -> statistics.succeeded(2).failed(1));
        tests.assertThatEvents().haveExactly(1, event(test("leaves()"), finishedWithFailure(instanceOf(AssertionError.class),
                message(text -> text.contains("shared memory (1)") && text.contains(Careless.LEFT.toString())))));
    }

    @LeakChecked(stateRoots = "/dev/shm", patience = 200)
    static class Careless {
        static final Path LEFT = Path.of("/dev/shm/caisson-careless-" + ProcessHandle.current().pid());

        @Test
        void leaves() throws Exception {
            Files.writeString(LEFT, "");
        }

        @Test
        void leavesNothing() throws Exception {
            Path file = Path.of(LEFT + "-tidy");
            Files.writeString(file, "");
            Files.delete(file);
        }

        @Test
        @LeakChecked(ignoring = Resource.SHARED_MEMORY)
        void mayLeave() throws Exception {
            Files.writeString(LEFT, "");
        }
    }
}
