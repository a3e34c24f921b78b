package dev.caisson.host.operations;

import dev.caisson.Container;
import dev.caisson.Engine;
import dev.caisson.RegistryAccess;
import dev.caisson.testkit.crash.Progress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMDCAdapter;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/** A JVM whose log is written as marks: logger, message, MDC. Operands: engine root, run directory, root file system; a registry and an image to be pulled from it, if any. */
public final class LoggedLife {
    private LoggedLife() {}

    public static void main(String[] arguments) {
        System.setProperty("slf4j.provider", Marks.class.getName());
        try (Engine engine = Engine.builder().root(Path.of(arguments[0])).runDirectory(Path.of(arguments[1])).build();
                Container container = engine.rootfs(Path.of(arguments[2])).name("we.b").command("/bin/echo", "hello").run()) {
            container.waitForExit(Duration.ofSeconds(60));
        }
        if (arguments.length > 3) {
            try (Engine engine = Engine.builder().root(Path.of(arguments[0])).runDirectory(Path.of(arguments[1])).registry(RegistryAccess.of(arguments[3]).login("me", "pw")).build()) {
                engine.image(arguments[4]).execute();
                engine.image(arguments[4]).execute();
            }
        }
    }

    /** Everything is logged. */
    public static final class Marks implements SLF4JServiceProvider {
        private final MDCAdapter context = new BasicMDCAdapter();

        @Override
        public ILoggerFactory getLoggerFactory() {
            return name -> new ToMarks(name, context);
        }

        @Override
        public IMarkerFactory getMarkerFactory() {
            return new BasicMarkerFactory();
        }

        @Override
        public MDCAdapter getMDCAdapter() {
            return context;
        }

        @Override
        public String getRequestedApiVersion() {
            return "2.0.99";
        }

        @Override
        public void initialize() {
            // nothing to do
        }
    }

    private static final class ToMarks extends LegacyAbstractLogger {
        private static final long serialVersionUID = 1L;
        private final transient MDCAdapter context;

        ToMarks(String name, MDCAdapter context) {
            this.name = name;
            this.context = context;
        }

        @Override
        public boolean isTraceEnabled() {
            return true;
        }

        @Override
        public boolean isDebugEnabled() {
            return true;
        }

        @Override
        public boolean isInfoEnabled() {
            return true;
        }

        @Override
        public boolean isWarnEnabled() {
            return true;
        }

        @Override
        public boolean isErrorEnabled() {
            return true;
        }

        @Override
        protected String getFullyQualifiedCallerName() {
            return null;
        }

        @Override
        protected void handleNormalizedLoggingCall(Level level, Marker marker, String pattern, Object[] arguments, Throwable thrown) {
            Map<String, String> mdc = context.getCopyOfContextMap();
            Progress.mark((level == Level.INFO ? "INFO " : "") + name + "|" + MessageFormatter.basicArrayFormat(pattern, arguments) + "|" + (mdc == null ? "" : mdc.get("container.name") + "|" + mdc.get("container.id") + "|" + mdc.get("image")));
        }
    }
}
