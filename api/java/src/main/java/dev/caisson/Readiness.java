package dev.caisson;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What makes a container ready: {@link ContainerBuilder#waitFor}, {@link Container#await}. A value; the engine looks from outside, so that the image needs
 * neither a shell nor any tool (except for {@link #command}).
 */
public sealed interface Readiness {
    /** A process of the container listens on this TCP port. */
    static Readiness port(int port) {
        return new Port(port);
    }

    /** A line of its output, stdout or stderr, in which the regular expression is found. */
    static Readiness log(String regex) {
        return log(regex, 1);
    }

    /** That many lines in which the regular expression is found: a database that restarts itself once says "ready" twice. */
    static Readiness log(String regex, int times) {
        try {
            return new Log(Pattern.compile(regex), times);
        } catch (PatternSyntaxException e) {
            throw new InvalidSpec("log(\"" + regex + "\")", "is no regular expression: " + e.getDescription() + " at " + e.getIndex(), "see java.util.regex.Pattern");
        }
    }

    /** {@code GET http://…:port/path} answers with a status of 200 to 399. */
    static Http http(int port, String path) {
        return new Http(port, path, 200, 399);
    }

    /** It has ended with code 0: a container that prepares something. */
    static Readiness exit() {
        return exit(0);
    }

    /** It has ended with this code. */
    static Readiness exit(int code) {
        return new Exit(code);
    }

    /** A file of any kind is there inside, at this absolute path. */
    static Readiness file(String path) {
        return new File(path);
    }

    /** A command executed inside, by program and arguments, ends with 0; tried again every 100 ms, at most 10 s each. */
    static Readiness command(String... words) {
        return new Command(List.of(words));
    }

    /** Its health check has succeeded, and it is not unhealthy: the one of {@link ContainerBuilder#health}, or the image's. */
    static Readiness healthy() {
        return new Healthy();
    }

    /** A condition of your own, asked about every 25 ms. @param description what it is about, for messages */
    static Readiness condition(String description, Predicate<Container> condition) {
        return new Condition(description, condition);
    }

    /** All of them have been seen, in any order. */
    static Readiness all(Readiness... parts) {
        return new All(List.of(parts));
    }

    /** One of them is seen. */
    static Readiness any(Readiness... parts) {
        return new Any(List.of(parts));
    }

    /** See {@link Readiness#port(int)}. */
    record Port(int port) implements Readiness {
        public Port {
            requirePort(port);
        }

        @Override
        public String toString() {
            return "port " + port;
        }
    }

    /** See {@link Readiness#log(String, int)}. */
    record Log(Pattern pattern, int times) implements Readiness {
        public Log {
            Objects.requireNonNull(pattern);
            if (times < 1) {
                throw new InvalidSpec("log(…, " + times + ")", "is not positive", "");
            }
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Log log && log.times == times && log.pattern.pattern().equals(pattern.pattern()) && log.pattern.flags() == pattern.flags();
        }

        @Override
        public int hashCode() {
            return Objects.hash(pattern.pattern(), pattern.flags(), times);
        }

        @Override
        public String toString() {
            return "log line /" + pattern + "/" + (times == 1 ? "" : " x" + times);
        }
    }

    /** See {@link Readiness#http(int, String)}. */
    record Http(int port, String path, int lowest, int highest) implements Readiness {
        public Http {
            requirePort(port);
            if (!path.startsWith("/")) {
                throw new InvalidSpec("http(" + port + ", \"" + path + "\")", "does not begin with /", "");
            }
        }

        /** Exactly this status. */
        public Http status(int status) {
            return new Http(port, path, status, status);
        }

        @Override
        public String toString() {
            return "GET " + path + " on port " + port + " = " + lowest + (lowest == highest ? "" : ".." + highest);
        }
    }

    /** See {@link Readiness#exit(int)}. */
    record Exit(int code) implements Readiness {
        @Override
        public String toString() {
            return "exit " + code;
        }
    }

    /** See {@link Readiness#file(String)}. */
    record File(String path) implements Readiness {
        public File {
            if (!path.startsWith("/")) {
                throw new InvalidSpec("file(\"" + path + "\")", "is not absolute", "");
            }
        }

        @Override
        public String toString() {
            return "file " + path;
        }
    }

    /** See {@link Readiness#command(String...)}. */
    record Command(List<String> words) implements Readiness {
        /** How long one try may take. */
        public static final Duration LIMIT = Duration.ofSeconds(10);

        public Command {
            words = List.copyOf(words);
            if (words.isEmpty() || words.get(0).isEmpty()) {
                throw new InvalidSpec("command(…)", "names no program", "give a command, such as command(\"pg_isready\")");
            }
        }

        @Override
        public String toString() {
            return "command " + String.join(" ", words);
        }
    }

    /** See {@link Readiness#healthy}. */
    record Healthy() implements Readiness {
        @Override
        public String toString() {
            return "healthy";
        }
    }

    /** See {@link Readiness#condition}. */
    record Condition(String description, Predicate<Container> test) implements Readiness {
        @Override
        public String toString() {
            return description;
        }
    }

    /** See {@link Readiness#all}. */
    record All(List<Readiness> parts) implements Readiness {
        public All {
            parts = List.copyOf(parts);
        }

        @Override
        public String toString() {
            return "all of " + parts;
        }
    }

    /** See {@link Readiness#any}. */
    record Any(List<Readiness> parts) implements Readiness {
        public Any {
            parts = List.copyOf(parts);
            if (parts.isEmpty()) {
                throw new InvalidSpec("any()", "of nothing never comes true", "");
            }
        }

        @Override
        public String toString() {
            return "any of " + parts;
        }
    }

    private static void requirePort(int port) {
        if (port < 1 || port > 65535) {
            throw new InvalidSpec("port " + port, "is not within 1 and 65535", "");
        }
    }
}
