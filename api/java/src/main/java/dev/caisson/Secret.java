package dev.caisson;

import java.util.Arrays;

/** A file in {@code /run/secrets} that is in memory alone. Never printed. */
public final class Secret {
    private final String name;
    private final byte[] content;

    /**
     * A secret as a value; {@link ContainerBuilder#secret} makes one.
     *
     * @param name of the file
     * @param content copied
     */
    public Secret(String name, byte[] content) {
        this.name = name;
        this.content = content.clone();
    }

    /** {@return the name of its file below {@code /run/secrets}} */
    public String name() {
        return name;
    }

    /** {@return a copy} */
    public byte[] content() {
        return content.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret s && name.equals(s.name) && Arrays.equals(content, s.content);
    }

    /** Not of the content, lest it is guessed from the number. */
    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return "secret " + name;
    }
}
