package dev.caisson.core.layer;

import dev.caisson.ImageProblem;
import dev.caisson.Stage;
import org.jspecify.annotations.Nullable;

/** Makes the errors of one archive: each says which archive, which entry and what is wrong with it. */
public final class Fault {
    private static final int SHOWN = 200;
    private final String archive;
    /** Told by who applies the entry; who inflates for it, a piece ahead, makes errors too. */
    private volatile String entry = "";

    /** @param archive what is being read, for people: {@code layer sha256:…}, a path */
    public Fault(String archive) {
        this.archive = archive;
    }

    /** The entry that later errors name; "" for none yet. */
    void at(String name) {
        entry = name;
    }

    /** What is being read. */
    public String archive() {
        return archive;
    }

    /** The archive is not as it should be: by accident or on purpose. */
    public ImageProblem malformed(String reason) {
        return malformed(reason, null);
    }

    ImageProblem malformed(String reason, @Nullable Throwable cause) {
        return new ImageProblem(Stage.UNPACK, where() + ": " + reason, "the archive is damaged or hostile; make or pull it again and do not trust its source", cause);
    }

    /** The archive asks for more than the limits grant. */
    public ImageProblem excess(String reason) {
        return new ImageProblem(Stage.UNPACK, where() + ": " + reason,
                "if the image is trusted, rebuild it with smaller layers, or raise Engine.builder().imageLimits(…)");
    }

    /** Something this engine does not read. */
    public ImageProblem unsupported(String reason, String remedy) {
        return new ImageProblem(Stage.UNPACK, where() + ": " + reason, remedy);
    }

    String where() {
        return entry.isEmpty() ? archive : "entry " + quoted(entry) + " of " + archive;
    }

    /** A hostile name as it may stand in a message: one line, control characters escaped, not endless. */
    static String quoted(String name) {
        StringBuilder out = new StringBuilder("'");
        for (int i = 0; i < name.length() && i < SHOWN; i++) {
            char c = name.charAt(i);
            if (c < ' ' || c == 0x7f || Character.isSurrogate(c) || c >= 0x80 && c < 0xa0 || c == 0x2028 || c == 0x2029 || c >= 0x202a && c <= 0x202e) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append(name.length() > SHOWN ? "…'" : "'").toString();
    }
}
