package dev.caisson.junit5;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.caisson.Container;
import dev.caisson.ContainerBuilder;
import dev.caisson.Containers;
import dev.caisson.testkit.rootfs.TinyRootfs;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Test classes that are run by {@link ContainedExtensionTest}; not tests of their own. */
final class Cases {
    /** Ids by what happened. */
    static final Map<String, Set<String>> SEEN = new ConcurrentHashMap<>();
    static TinyRootfs root;

    private Cases() {}

    static void seen(String what, Container container) {
        assertEquals(Container.State.RUNNING, container.state());
        SEEN.computeIfAbsent(what, k -> ConcurrentHashMap.newKeySet()).add(container.id());
    }

    static ContainerBuilder sleeping() {
        return Containers.rootfs(root.path()).networkNone().command("/bin/sleep", "600");
    }

    /** Shared by several classes. */
    static final class Shared {
        private Shared() {}

        @Fixture(scope = Scope.SUITE)
        static ContainerBuilder suite() {
            return sleeping();
        }
    }

    @Contained(fixtures = Shared.class)
    static class Scopes {
        @Fixture
        static ContainerBuilder each() {
            return sleeping();
        }

        @Fixture(scope = Scope.CLASS)
        static ContainerBuilder once() {
            return sleeping();
        }

        @Fixture
        static ContainerBuilder needing(Container once, @From("each") Container other) {
            assertNotSame(once, other);
            return sleeping().env("OTHER", once.id());
        }

        private Container before;

        @BeforeEach
        void prepare(Container each) {
            before = each;
        }

        @RepeatedTest(3)
        void given(Container each, Container once, Container suite, Container needing) {
            assertSame(before, each, "the same for a test and what prepares it");
            seen("each", each);
            seen("once", once);
            seen("suite", suite);
            seen("needing", needing);
            assertNotEquals(needing.id(), once.id());
        }

        @Nested
        class Inside {
            @Test
            void given(Container once, Container suite) {
                seen("once", once);
                seen("suite", suite);
            }
        }
    }

    @Contained(fixtures = Shared.class)
    static class Second extends Scopes {
        @Test
        void another(Container suite) {
            seen("suite", suite);
        }
    }

    @Contained
    @Execution(ExecutionMode.CONCURRENT)
    static class Parallel {
        @Fixture
        static ContainerBuilder each() {
            return sleeping();
        }

        @Fixture(scope = Scope.CLASS)
        static ContainerBuilder once() {
            return sleeping();
        }

        @RepeatedTest(8)
        @Execution(ExecutionMode.CONCURRENT)
        void given(Container each, Container once) {
            seen("parallel each", each);
            seen("parallel once", once);
        }
    }

    @Contained
    static class Failing {
        @Fixture
        static ContainerBuilder talking() {
            return Containers.rootfs(root.path()).networkNone().command(TinyRootfs.OBSERVER, "echo", "the reason why", "+", "sleep", "600")
                    .waitFor(dev.caisson.Readiness.log("reason"));
        }

        @Test
        void fails(Container talking) {
            throw new AssertionError("as it must");
        }
    }

    @Contained
    static class FailingBefore {
        @Fixture
        static ContainerBuilder talking() {
            return Failing.talking();
        }

        @BeforeEach
        void fails(Container talking) {
            throw new AssertionError("as it must");
        }

        @Test
        void neverRuns() {}
    }

    @Contained
    static class FailingAfter {
        @Fixture
        static ContainerBuilder talking() {
            return Failing.talking();
        }

        @Test
        void succeeds(Container talking) {}

        @AfterEach
        void fails(Container talking) {
            throw new AssertionError("as it must");
        }
    }

    @Contained
    static class FailingBeforeAll {
        @Fixture(scope = Scope.CLASS)
        static ContainerBuilder talking() {
            return Failing.talking();
        }

        @BeforeAll
        static void fails(Container talking) {
            throw new AssertionError("as it must");
        }

        @Test
        void neverRuns() {}
    }

    @Contained(required = true)
    static class Required {
        @Nested
        class Inside {}
    }

    @Contained
    static class NotStarting {
        @Fixture
        static ContainerBuilder missing() {
            return Containers.rootfs(root.path()).command("/no/such");
        }

        @Test
        void never(Container missing) {
            seen("never", missing);
        }
    }

    @Contained
    static class Circle {
        @Fixture
        static ContainerBuilder hen(Container egg) {
            return sleeping();
        }

        @Fixture
        static ContainerBuilder egg(Container hen) {
            return sleeping();
        }

        @Test
        void never(Container hen) {
            seen("never", hen);
        }
    }

    @Contained
    static class Unknown {
        @Fixture
        static ContainerBuilder known() {
            return sleeping();
        }

        @Test
        void never(Container unknown) {
            seen("never", unknown);
        }
    }
}
