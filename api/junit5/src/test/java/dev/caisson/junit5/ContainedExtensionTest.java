package dev.caisson.junit5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.caisson.Containers;
import dev.caisson.Engine;
import dev.caisson.HostReport;
import dev.caisson.LaunchFailed;
import dev.caisson.testkit.RequiresRoot;
import dev.caisson.testkit.leak.LeakChecked;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** Real containers for test classes that JUnit runs inside this one; nothing of them is left. */
@Tag("host")
@RequiresRoot
@LeakChecked
@Timeout(180)
class ContainedExtensionTest {
    @TempDir
    Path directory;

    private Engine engine;

    /** What JNA, the JDK and JUnit open once and keep is not a test's leak. */
    @BeforeAll
    static void warmUp(@TempDir Path scratch) {
        Engine.builder().root(scratch.resolve("engine")).runDirectory(scratch.resolve("run")).build().close();
        EngineTestKit.engine("junit-jupiter").selectors(selectClass(Object.class)).execute();
    }

    @BeforeEach
    void open() {
        engine = Engine.builder().root(directory.resolve("engine")).runDirectory(directory.resolve("run")).build();
        Containers.use(engine);
        Cases.root = TinyRootfs.create(directory.resolve("rootfs"));
        Cases.SEEN.clear();
    }

    @AfterEach
    void close() {
        assertEquals(List.of(), engine.containers(), "every scope removed its own");
        engine.close();
    }

    private static EngineExecutionResults run(Class<?>... classes) {
        return EngineTestKit.engine("junit-jupiter").selectors(Stream.of(classes).map(c -> selectClass(c)).toArray(org.junit.platform.engine.discovery.ClassSelector[]::new))
                .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
                .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "4").execute();
    }

    private static int containers(String what) {
        return Cases.SEEN.getOrDefault(what, Set.of()).size();
    }

    @Test
    void eachScopeHasItsContainers() {
        EngineExecutionResults results = run(Cases.Scopes.class, Cases.Second.class);
        results.testEvents().assertStatistics(s -> s.failed(0).skipped(0));
        assertEquals(List.of(6, 2, 1, 6), List.of(containers("each"), containers("once"), containers("suite"), containers("needing")));
    }

    @Test
    void testsThatRunAtTheSameTimeDoNotShareWhatIsTheirs() {
        run(Cases.Parallel.class).testEvents().assertStatistics(s -> s.succeeded(8));
        assertEquals(List.of(8, 1), List.of(containers("parallel each"), containers("parallel once")));
    }

    @Test
    void aFailureCarriesWhatTheContainersSaid() {
        assertTrue(failure(Cases.Failing.class, ContainedExtensionTest::carriesTheReason));
    }

    @Test
    void aFailureBeforeOrAfterATestCarriesItToo() {
        assertTrue(failure(Cases.FailingBefore.class, ContainedExtensionTest::carriesTheReason), "@BeforeEach");
        assertTrue(failure(Cases.FailingAfter.class, ContainedExtensionTest::carriesTheReason), "@AfterEach");
        List<Event> failed = run(Cases.FailingBeforeAll.class).containerEvents().failed().list();
        assertTrue(failed.get(0).getRequiredPayload(TestExecutionResult.class).getThrowable().filter(ContainedExtensionTest::carriesTheReason).isPresent(), "@BeforeAll");
    }

    private static boolean carriesTheReason(Throwable e) {
        return e instanceof AssertionError && Stream.of(e.getSuppressed()).anyMatch(s -> s.getMessage().contains("container talking (RUNNING) printed:\nthe reason why"));
    }

    /** Where containers cannot run, nothing of it is left out in silence. */
    @Test
    void whatIsRequiredIsSoWithAllThatIsNestedInIt() {
        for (Class<?> each : List.of(Cases.Required.class, Cases.Required.Inside.class)) {
            assertFalse(new ContainedExtension().evaluateExecutionCondition(onAHostWithoutContainers(each)).isDisabled(), each::getName);
        }
        assertTrue(new ContainedExtension().evaluateExecutionCondition(onAHostWithoutContainers(Cases.Failing.class)).isDisabled());
    }

    private static ExtensionContext onAHostWithoutContainers(Class<?> test) {
        HostReport unusable = new HostReport(List.of(new HostReport.Finding("kernel", HostReport.Grade.REQUIRED, false, "too old", "")));
        Object store = Proxy.newProxyInstance(test.getClassLoader(), new Class<?>[] {ExtensionContext.Store.class}, (p, method, arguments) -> unusable);
        return (ExtensionContext) Proxy.newProxyInstance(test.getClassLoader(), new Class<?>[] {ExtensionContext.class}, (p, method, arguments) -> switch (method.getName()) {
            case "getRoot" -> p;
            case "getStore" -> store;
            case "getTestClass" -> Optional.of(test);
            default -> throw new UnsupportedOperationException(method.getName());
        });
    }

    @Test
    void whatCannotStartSaysWhy() {
        assertTrue(failure(Cases.NotStarting.class, e -> causes(e).anyMatch(c -> c instanceof LaunchFailed f && f.exitCode() == 127)));
        assertTrue(failure(Cases.Circle.class, e -> causes(e).anyMatch(c -> String.valueOf(c.getMessage()).contains("circle"))));
        assertTrue(failure(Cases.Unknown.class, e -> causes(e).anyMatch(c -> String.valueOf(c.getMessage()).contains("there is no @Fixture 'unknown'"))));
    }

    private static Stream<Throwable> causes(Throwable e) {
        return Stream.iterate(e, c -> c != null, Throwable::getCause);
    }

    private static boolean failure(Class<?> test, Predicate<Throwable> expected) {
        List<Event> failed = run(test).testEvents().failed().list();
        assertEquals(1, failed.size());
        return failed.get(0).getRequiredPayload(TestExecutionResult.class).getThrowable().filter(expected).isPresent();
    }
}
