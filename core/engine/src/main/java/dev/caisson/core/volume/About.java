package dev.caisson.core.volume;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.Stage;
import dev.caisson.StorageProblem;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is known of a volume but its files. One that a start makes has no labels, and that it is anonymous is the name of its file: no JSON is written or read for it.
 *
 * @param anonymous whether it goes with the last container that has it
 */
record About(boolean anonymous, Map<String, String> labels, Instant created) {
    private static final String NAMED = "about";
    private static final String ANONYMOUS = "about.anonymous";
    private static final int LIMIT = 1 << 20;

    About(boolean anonymous, Map<String, String> labels) {
        this(anonymous, labels, Instant.EPOCH);
    }

    void write(Fd volume) {
        try (Fd file = FileCalls.openat(volume, anonymous ? ANONYMOUS : NAMED, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW, 0600)) {
            if (!labels.isEmpty()) {
                FileCalls.writeAll(file, ByteBuffer.wrap(json()));
            }
            FileCalls.fsync(file);
        }
    }

    /** Makes an anonymous one one with a name. */
    static void named(Fd volume) {
        if (FileCalls.fstatatIfPresent(volume, ANONYMOUS, Fcntl.AT_SYMLINK_NOFOLLOW).isPresent()) {
            FileCalls.renameat2(volume, ANONYMOUS, volume, NAMED, 0);
            FileCalls.fsync(volume);
        }
    }

    private byte[] json() {
        ObjectNode top = new ObjectMapper().createObjectNode();
        ObjectNode into = top.putObject("labels");
        labels.forEach(into::put);
        try {
            return new ObjectMapper().writeValueAsBytes(top);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of text cannot fail to be written", e);
        }
    }

    static About of(Fd volume) {
        boolean anonymous = FileCalls.fstatatIfPresent(volume, ANONYMOUS, Fcntl.AT_SYMLINK_NOFOLLOW).isPresent();
        try (Fd file = FileCalls.openat(volume, anonymous ? ANONYMOUS : NAMED, Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW, 0)) {
            var stat = FileCalls.fstat(file);
            return new About(anonymous, stat.size() == 0 ? Map.of() : labels(file, stat.size()), Instant.ofEpochSecond(stat.mtimeSec(), stat.mtimeNsec()));
        }
    }

    private static Map<String, String> labels(Fd file, long size) {
        ByteBuffer content = ByteBuffer.allocateDirect((int) Math.min(size, LIMIT));
        while (content.hasRemaining() && FileCalls.read(file, content) > 0) {
            // on
        }
        byte[] bytes = new byte[content.flip().remaining()];
        content.get(bytes);
        try {
            Map<String, String> labels = new TreeMap<>();
            JsonNode json = new ObjectMapper().readTree(bytes).path("labels");
            json.fieldNames().forEachRemaining(key -> labels.put(key, json.path(key).asText()));
            return labels;
        } catch (java.io.IOException e) {
            throw new StorageProblem(Stage.SUPERVISE, "the file '" + NAMED + "' of a volume is damaged: " + e.getMessage(), "repair or remove it by hand", e);
        }
    }
}
