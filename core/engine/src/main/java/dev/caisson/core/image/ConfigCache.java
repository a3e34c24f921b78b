package dev.caisson.core.image;

import dev.caisson.core.content.ContentStore;
import dev.caisson.core.content.Digest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Configurations that were read before: what a digest names does not change, and who lists a thousand images reads a thousand of them. Safe for several threads. */
final class ConfigCache {
    /** Bytes of the documents, which are an attacker's to choose. */
    private static final long MOST = 8 << 20;

    private record Known(ImageConfig config, long bytes) {}

    private final ContentStore content;
    private final Map<Digest, Known> known = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    ConfigCache(ContentStore content) {
        this.content = content;
    }

    /** @throws dev.caisson.ImageProblem if it is not here, is damaged or malformed */
    ImageConfig get(Digest digest) {
        ImageConfig before = known(digest);
        if (before != null) {
            return before;
        }
        byte[] document = content.read(digest, ImageConfig.LIMIT);
        ImageConfig config = ConfigJson.parse(document, "configuration " + digest);
        keep(digest, config, document.length);
        return config;
    }

    private synchronized @Nullable ImageConfig known(Digest digest) {
        Known found = known.get(digest);
        return found == null ? null : found.config();
    }

    private synchronized void keep(Digest digest, ImageConfig config, long size) {
        if (size > MOST / 8 || known.containsKey(digest)) {
            return;
        }
        known.put(digest, new Known(config, size));
        bytes += size;
        for (var eldest = known.values().iterator(); bytes > MOST; ) {
            bytes -= eldest.next().bytes();
            eldest.remove();
        }
    }
}
