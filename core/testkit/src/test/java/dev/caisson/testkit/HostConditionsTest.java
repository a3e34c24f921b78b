package dev.caisson.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedSuccessfully;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.skippedWithReason;
import static org.junit.platform.testkit.engine.EventConditions.test;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.cause;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

class HostConditionsTest {
    @Test
    void whatIsMissingSkipsWithTheRemedy() {
        tests().assertThatEvents().haveExactly(1, event(test("needs()"), skippedWithReason("no program 'no-such-tool'; remedy: apt-get install the-package")))
                .haveExactly(1, event(test("finds()"), finishedSuccessfully()));
    }

    @Test
    void whereNothingMaySkipItFails() {
        System.setProperty(HostConditions.REQUIRED, "true");
        try {
            tests().assertThatEvents().haveExactly(1, event(test("needs()"), finishedWithFailure(cause(message(text -> text.contains("would be skipped"))))));
        } finally {
            System.clearProperty(HostConditions.REQUIRED);
        }
    }

    @Test
    void toolsAreFoundBesideThePath() {
        assertTrue(HostConditions.tool("sh").orElseThrow().isAbsolute());
        assertEquals(Optional.empty(), HostConditions.tool("no-such-tool"));
    }

    private static Events tests() {
        return EngineTestKit.engine("junit-jupiter").selectors(selectClass(Demanding.class)).execute().testEvents();
    }

    static class Demanding {
        @Test
        @RequiresTool(value = {"sh", "no-such-tool"}, debianPackage = "the-package")
        void needs() {
            throw new AssertionError("ran without its tool");
        }

        @Test
        @RequiresTool("sh")
        void finds() {}
    }
}
