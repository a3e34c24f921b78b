package dev.caisson;

import java.io.InputStream;
import java.util.Arrays;

/** What a process reads from its standard input. */
public sealed interface Stdin {
    /** End of file at once ({@code /dev/null}). */
    Stdin NONE = new None();

    /** End of file at once. */
    record None() implements Stdin {}

    /**
     * These bytes, then end of file.
     *
     * @param bytes not copied
     */
    record Bytes(byte[] bytes) implements Stdin {
        @Override
        public boolean equals(Object o) {
            return o instanceof Bytes b && Arrays.equals(b.bytes, bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return bytes.length + " bytes";
        }
    }

    /**
     * Everything the stream gives, then end of file; read by a thread of the engine's as the process asks for it.
     *
     * @param stream closed when it is read, or the process has ended
     */
    record Stream(InputStream stream) implements Stdin {}

    /** Whatever is written while it runs, by whoever is attached; open until one of them closes it. */
    record Open() implements Stdin {}
}
