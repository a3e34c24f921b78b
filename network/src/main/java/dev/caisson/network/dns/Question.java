package dev.caisson.network.dns;

import java.util.List;
import java.util.Locale;

/**
 * What is asked.
 *
 * @param labels of the name, a character a byte
 */
public record Question(List<String> labels, int type, int klass) {
    public static final int A = 1;
    public static final int PTR = 12;
    public static final int AAAA = 28;
    public static final int ANY = 255;
    public static final int IN = 1;

    public Question {
        labels = List.copyOf(labels);
    }

    /** The name with dots, in lower case; "" for the root, and for one with a dot inside a label, which no name of ours has. */
    public String name() {
        return labels.stream().anyMatch(l -> l.indexOf('.') >= 0) ? "" : String.join(".", labels).toLowerCase(Locale.ROOT);
    }

    /** The same question, whatever the case of letters is (RFC 4343). */
    public boolean same(Question other) {
        if (type != other.type || klass != other.klass || labels.size() != other.labels.size()) {
            return false;
        }
        for (int i = 0; i < labels.size(); i++) {
            if (!labels.get(i).equalsIgnoreCase(other.labels.get(i))) {
                return false;
            }
        }
        return true;
    }
}
