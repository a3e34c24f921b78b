package dev.caisson.registry.store;

import dev.caisson.registry.protocol.Code;
import dev.caisson.registry.protocol.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Uploads that are under way. They end with the registry's process: a client whose upload is unknown begins anew. */
public final class Uploads {
    private static final int MOST = 4096;
    private static final int ID_BYTES = 16;

    private final Path directory;
    private final long largest;
    private final Map<String, Upload> all = new ConcurrentHashMap<>();
    private final SecureRandom random = new SecureRandom();

    Uploads(Path directory, long largest) {
        this.directory = directory;
        this.largest = largest;
    }

    /** Begins one, which is this user's and this repository's alone. */
    public Upload begin(String repository, String user) {
        if (all.size() >= MOST) {
            throw new Fault(Code.TOOMANYREQUESTS, "there are " + MOST + " uploads under way");
        }
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        String name = HexFormat.of().formatHex(id);
        Upload upload = new Upload(name, repository, user, directory.resolve(name), largest);
        all.put(name, upload);
        return upload;
    }

    /** @throws Fault if there is none, or it is another's */
    public Upload find(String id, String repository, String user) {
        Upload upload = all.get(id);
        if (upload == null || !upload.repository().equals(repository) || !upload.user().equals(user)) {
            throw new Fault(Code.BLOB_UPLOAD_UNKNOWN, "there is no such upload; begin anew");
        }
        return upload;
    }

    /** Drops it with what it has received. */
    public void remove(Upload upload) throws IOException {
        all.remove(upload.id());
        upload.drop();
    }

    /** Drops those that nobody has touched for so long. */
    public void expire(Duration idle) throws IOException {
        for (Upload upload : all.values()) {
            if (upload.expired(idle)) {
                remove(upload);
            }
        }
    }
}
