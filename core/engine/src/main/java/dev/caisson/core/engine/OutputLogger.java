package dev.caisson.core.engine;

import dev.caisson.core.streams.RecentLines;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * A container's life and output in the application's own log: starts at INFO and ends at DEBUG by {@code dev.caisson.engine}, what it prints by {@code dev.caisson.container.NAME}, all with
 * {@code container.id}, {@code container.name} and {@code image} in the MDC.
 */
final class OutputLogger {
    private static final Logger ENGINE = LoggerFactory.getLogger("dev.caisson.engine");
    private static final String OUTPUT = "dev.caisson.container.";

    private final RunContext run;
    private @Nullable RecentLines followed;

    OutputLogger(RunContext run) {
        this.run = run;
    }

    /** A run has begun, perhaps one that goes on with the output of the last. */
    void begun() {
        if (ENGINE.isInfoEnabled()) {
            with(run, () -> ENGINE.info("container {} runs", run.name()));
        }
        Logger output = LoggerFactory.getLogger(OUTPUT + run.name().replace('.', '_'));
        RecentLines lines = run.outputs().recent();
        if (output.isDebugEnabled() && followed != lines) {
            followed = lines;
            lines.tap(line -> with(run, () -> output.debug("{}", line)));
        }
    }

    /** It has ended. */
    void ended(String how) {
        if (ENGINE.isDebugEnabled()) {
            with(run, () -> ENGINE.debug("container {} has ended: {}", run.name(), how));
        }
    }

    private static void with(RunContext run, Runnable action) {
        Map<String, String> context = new LinkedHashMap<>();
        context.put("container.id", run.id());
        context.put("container.name", run.name());
        context.put("image", run.chronicle().image().reference());
        Map<String, String> before = MDC.getCopyOfContextMap();
        context.forEach(MDC::put);
        try {
            action.run();
        } finally {
            context.keySet().forEach(MDC::remove);
            if (before != null) {
                before.forEach(MDC::put);
            }
        }
    }
}
