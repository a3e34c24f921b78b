package dev.caisson.testkit.leak;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.platform.commons.support.AnnotationSupport;

/** The extension behind {@link LeakChecked}; the annotation of the method wins over that of the class. */
final class LeakCheckedExtension implements BeforeEachCallback, AfterEachCallback {
    private static final Namespace NAMESPACE = Namespace.create(LeakCheckedExtension.class);

    @Override
    public void beforeEach(ExtensionContext context) {
        LeakChecked wanted = wanted(context);
        LeakCheck.Options options = LeakCheck.watching(Arrays.stream(wanted.stateRoots()).map(Path::of).toArray(Path[]::new)).ignoring(List.of(wanted.ignoring()));
        Arrays.stream(wanted.expecting()).map(Pattern::compile).forEach(options::expecting);
        LeakCheck check = options.begin();
        check.unobserved().forEach(note -> context.publishReportEntry("leak check does not look at", note));
        context.getStore(NAMESPACE).put(context.getUniqueId(), check);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Objects.requireNonNull(context.getStore(NAMESPACE).remove(context.getUniqueId(), LeakCheck.class)).assertNothingLeft(Duration.ofMillis(wanted(context).patience()));
    }

    private static LeakChecked wanted(ExtensionContext context) {
        return AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), LeakChecked.class)
                .or(() -> AnnotationSupport.findAnnotation(context.getRequiredTestClass(), LeakChecked.class)).orElseThrow();
    }
}
