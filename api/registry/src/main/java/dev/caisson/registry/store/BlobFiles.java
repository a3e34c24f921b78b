package dev.caisson.registry.store;

import dev.caisson.registry.protocol.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Content by digest. Every byte was hashed before it got its name. */
final class BlobFiles {
    private final Path directory;

    BlobFiles(Path directory) {
        this.directory = directory;
    }

    Path file(Digest digest) {
        return directory.resolve(digest.algorithm()).resolve(digest.hex().substring(0, 2)).resolve(digest.hex());
    }

    /** Takes over a file that is hashed and synced. */
    void keep(Path verified, Digest digest) throws IOException {
        Path file = file(digest);
        if (Files.exists(file)) {
            Files.delete(verified);
            Durable.sync(file.getParent()); // who brought it may not have come so far yet
        } else {
            Durable.rename(verified, file);
        }
    }

    /** All of them. */
    List<Digest> list() throws IOException {
        List<Digest> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(directory)) {
            files.filter(Files::isRegularFile).forEach(f -> all.add(new Digest(directory.relativize(f).getName(0).toString(), f.getFileName().toString())));
        }
        return all;
    }
}
