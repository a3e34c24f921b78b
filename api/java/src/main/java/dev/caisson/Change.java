package dev.caisson;

/**
 * One path that a container changed, as {@code docker diff} lists it.
 *
 * @param kind what happened to it
 * @param path absolute, in the container
 */
public record Change(Kind kind, String path) implements Comparable<Change> {
    /** What happened; the letter is docker's. */
    public enum Kind {
        /** It is new. */
        ADDED('A'),
        /** Its content, owner, mode or times are others; of a directory also what is in it. */
        CHANGED('C'),
        /** It is gone. */
        DELETED('D');

        private final char letter;

        Kind(char letter) {
            this.letter = letter;
        }

        /** {@return {@code A}, {@code C} or {@code D}} */
        public char letter() {
            return letter;
        }
    }

    @Override
    public int compareTo(Change other) {
        return path.compareTo(other.path);
    }

    @Override
    public String toString() {
        return kind.letter() + " " + path;
    }
}
