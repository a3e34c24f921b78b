package dev.caisson.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * What a test may ask of its host. What is missing skips the test with the reason and the remedy, unless the system property
 * {@value #REQUIRED} is {@code true}: then it fails, so that a continuous integration host cannot lose a test unnoticed.
 */
public final class HostConditions implements ExecutionCondition {
    /** System property; default {@code false}. */
    public static final String REQUIRED = "caisson.tests.required";

    /** For JUnit. */
    public HostConditions() {}

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        Optional<String> missing = context.getElement().flatMap(element -> Stream.concat(
                        AnnotationSupport.findAnnotation(element, RequiresRoot.class).stream()
                                .filter(root -> !isRoot()).map(root -> "not root; remedy: run the tests as uid 0"),
                        AnnotationSupport.findAnnotation(element, RequiresTool.class).stream().flatMap(HostConditions::missing))
                .findFirst());
        if (missing.isEmpty()) {
            return ConditionEvaluationResult.enabled("the host has what the test asks for");
        }
        if (Boolean.getBoolean(REQUIRED)) {
            throw new IllegalStateException(context.getDisplayName() + " would be skipped, and -D" + REQUIRED + "=true forbids that: " + missing.get());
        }
        return ConditionEvaluationResult.disabled(missing.get());
    }

    private static Stream<String> missing(RequiresTool required) {
        return Arrays.stream(required.value()).filter(name -> tool(name).isEmpty()).map(name -> "no program '" + name + "'; remedy: apt-get install "
                + (required.debianPackage().isEmpty() ? name : required.debianPackage()));
    }

    /** Whether this JVM's real user is root. */
    public static boolean isRoot() {
        try {
            return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException e) {
            throw new UncheckedIOException("stat /proc/self", e);
        }
    }

    /** Where the program of this name lies. */
    public static Optional<Path> tool(String name) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("/usr/bin:/bin");
        return Stream.concat(Arrays.stream(path.split(":")), List.of("/usr/sbin", "/sbin").stream())
                .filter(directory -> !directory.isEmpty()).map(directory -> Path.of(directory, name)).filter(Files::isExecutable).findFirst();
    }
}
