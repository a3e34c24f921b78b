package dev.caisson;

import java.util.List;
import java.util.stream.Collectors;

/** The values given to a builder (of a container, an engine, an image, a registry …) are wrong; lists every problem found, not only the first. */
public final class InvalidSpec extends ContainerException {
    private static final long serialVersionUID = 1L;

    /**
     * One wrong value.
     *
     * @param field the builder method, as it was called: {@code memory("12x")}
     * @param why what is wrong with it
     * @param remedy what to write instead; "" if that is evident
     */
    public record Problem(String field, String why, String remedy) implements java.io.Serializable {
        @Override
        public String toString() {
            return words() + (remedy.isEmpty() ? "" : " (" + remedy + ")");
        }

        /** Without the remedy. */
        private String words() {
            return field + ": " + why;
        }
    }

    private final List<Problem> problems;

    /**
     * Several at once.
     *
     * @param problems at least one
     */
    public InvalidSpec(List<Problem> problems) {
        super(Stage.VALIDATE,
                (problems.size() == 1 ? "invalid setting: " : problems.size() + " invalid settings: ")
                        + (problems.size() == 1 ? problems.get(0).words() : problems.stream().map(Problem::toString).collect(Collectors.joining("; "))),
                problems.size() == 1 ? problems.get(0).remedy() : "", null);
        this.problems = List.copyOf(problems);
    }

    /**
     * One alone.
     *
     * @param field the builder method, as it was called
     * @param why what is wrong with it
     * @param remedy what to write instead; "" if that is evident
     */
    public InvalidSpec(String field, String why, String remedy) {
        this(List.of(new Problem(field, why, remedy)));
    }

    /** {@return every problem found, in the order of the builder's fields} */
    public List<Problem> problems() {
        return problems;
    }
}
