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
    /**
     * A process of the container listens on this TCP port.
     *
     * @param port 1 to 65535, inside; it need not be published
     * @return seen in the socket table of its network namespace
     * @throws InvalidSpec if it is no port
     */
    static Readiness port(int port) {
        return new Port(port);
    }

    /**
     * A line of its output, stdout or stderr, in which the regular expression is found.
     *
     * @param regex of {@link java.util.regex.Pattern}; it need not fit the whole line
     * @return seen once is enough
     * @throws InvalidSpec if it is no regular expression
     */
    static Readiness log(String regex) {
        return log(regex, 1);
    }

    /**
     * That many lines in which the regular expression is found: a database that restarts itself once says "ready" twice.
     *
     * @param regex of {@link java.util.regex.Pattern}; it need not fit the whole line
     * @param times positive
     * @return counted from the first line of a run
     * @throws InvalidSpec if it is no regular expression, or {@code times} is not positive
     */
    static Readiness log(String regex, int times) {
        try {
            return new Log(Pattern.compile(regex), times);
        } catch (PatternSyntaxException e) {
            throw new InvalidSpec("log(\"" + regex + "\")", "is no regular expression: " + e.getDescription() + " at " + e.getIndex(), "see java.util.regex.Pattern");
        }
    }

    /**
     * {@code GET http://…:port/path} answers with a status of 200 to 399.
     *
     * @param port 1 to 65535, inside
     * @param path begins with {@code /}
     * @return {@link Http#status} wants exactly one status
     * @throws InvalidSpec if either is none
     */
    static Http http(int port, String path) {
        return new Http(port, path, 200, 399);
    }

    /**
     * It has ended with code 0: a container that prepares something.
     *
     * @return not together with what needs it to run
     */
    static Readiness exit() {
        return exit(0);
    }

    /**
     * It has ended with this code.
     *
     * @param code 0 to 255
     * @return not together with what needs it to run
     */
    static Readiness exit(int code) {
        return new Exit(code);
    }

    /**
     * A file of any kind is there inside, at this absolute path.
     *
     * @param path begins with {@code /}; resolved inside its root
     * @return its content does not matter
     * @throws InvalidSpec if it is not absolute
     */
    static Readiness file(String path) {
        return new File(path);
    }

    /**
     * A command executed inside, by program and arguments, ends with 0; tried again every 100 ms, at most 10 s each.
     *
     * @param words no shell reads them
     * @return run as the container's user
     * @throws InvalidSpec if they name no program
     */
    static Readiness command(String... words) {
        return new Command(List.of(words));
    }

    /**
     * Its health check has succeeded, and it is not unhealthy: the one of {@link ContainerBuilder#health}, or the image's.
     *
     * @return of a container without a health check it is an error at once
     */
    static Readiness healthy() {
        return new Healthy();
    }

    /**
     * A condition of your own, asked about every 25 ms.
     *
     * @param description what it is about, for messages
     * @param condition quick; called by the thread that waits
     * @return what it throws ends the wait
     */
    static Readiness condition(String description, Predicate<Container> condition) {
        return new Condition(description, condition);
    }

    /**
     * All of them have been seen, in any order.
     *
     * @param parts in any order
     * @return each need be seen but once
     */
    static Readiness all(Readiness... parts) {
        return new All(List.of(parts));
    }

    /**
     * One of them is seen.
     *
     * @param parts at least one
     * @return the first that is seen
     * @throws InvalidSpec if there is none
     */
    static Readiness any(Readiness... parts) {
        return new Any(List.of(parts));
    }

    /**
     * See {@link Readiness#port(int)}.
     *
     * @param port 1 to 65535, inside
     */
    record Port(int port) implements Readiness {
        /**
         * A port that is checked.
         *
         * @throws InvalidSpec if it is none
         */
        public Port {
            requirePort(port);
        }

        @Override
        public String toString() {
            return "port " + port;
        }
    }

    /**
     * See {@link Readiness#log(String, int)}.
     *
     * @param pattern found in a line
     * @param times in how many lines, positive
     */
    record Log(Pattern pattern, int times) implements Readiness {
        /**
         * A pattern, and a number of times that is checked.
         *
         * @throws InvalidSpec if {@code times} is not positive
         */
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

    /**
     * See {@link Readiness#http(int, String)}.
     *
     * @param port 1 to 65535, inside
     * @param path begins with {@code /}
     * @param lowest the lowest status that will do
     * @param highest the highest
     */
    record Http(int port, String path, int lowest, int highest) implements Readiness {
        /**
         * Port and path are checked.
         *
         * @throws InvalidSpec if the port or the path is none
         */
        public Http {
            requirePort(port);
            if (!path.startsWith("/")) {
                throw new InvalidSpec("http(" + port + ", \"" + path + "\")", "does not begin with /", "");
            }
        }

        /**
         * Exactly this status.
         *
         * @param status such as 204
         * @return a copy
         */
        public Http status(int status) {
            return new Http(port, path, status, status);
        }

        @Override
        public String toString() {
            return "GET " + path + " on port " + port + " = " + lowest + (lowest == highest ? "" : ".." + highest);
        }
    }

    /**
     * See {@link Readiness#exit(int)}.
     *
     * @param code the exit code
     */
    record Exit(int code) implements Readiness {
        @Override
        public String toString() {
            return "exit " + code;
        }
    }

    /**
     * See {@link Readiness#file(String)}.
     *
     * @param path absolute, inside
     */
    record File(String path) implements Readiness {
        /**
         * A path that is checked.
         *
         * @throws InvalidSpec if it is not absolute
         */
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

    /**
     * See {@link Readiness#command(String...)}.
     *
     * @param words program and arguments
     */
    record Command(List<String> words) implements Readiness {
        /** How long one try may take. */
        public static final Duration LIMIT = Duration.ofSeconds(10);

        /**
         * Words that are checked and copied.
         *
         * @throws InvalidSpec if they name no program
         */
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

    /**
     * See {@link Readiness#condition}.
     *
     * @param description what it is about
     * @param test asked again and again by the thread that waits
     */
    record Condition(String description, Predicate<Container> test) implements Readiness {
        @Override
        public String toString() {
            return description;
        }
    }

    /**
     * See {@link Readiness#all}.
     *
     * @param parts in any order
     */
    record All(List<Readiness> parts) implements Readiness {
        /** The list is copied. */
        public All {
            parts = List.copyOf(parts);
        }

        @Override
        public String toString() {
            return "all of " + parts;
        }
    }

    /**
     * See {@link Readiness#any}.
     *
     * @param parts at least one
     */
    record Any(List<Readiness> parts) implements Readiness {
        /**
         * The list is copied.
         *
         * @throws InvalidSpec if there is none
         */
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
