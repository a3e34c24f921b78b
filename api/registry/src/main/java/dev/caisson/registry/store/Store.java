package dev.caisson.registry.store;

import dev.caisson.registry.protocol.Digest;
import dev.caisson.registry.protocol.Manifest;
import java.io.IOException;
import java.time.Duration;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a registry serves, while it does. */
public interface Store extends AutoCloseable {
    /** @param name a checked one */
    Repository repository(String name);

    Uploads uploads();

    /** Names of all repositories with a manifest. */
    TreeSet<String> repositories() throws IOException;

    /** Ends an upload: its content is verified, kept, and the repository's. @throws dev.caisson.registry.protocol.Fault if it has another digest; it is gone then */
    void finish(Upload upload, Digest expected) throws IOException;

    /** Gives a repository a blob of another one. @return false if that has none */
    boolean mount(Digest digest, String from, String to) throws IOException;

    /** Keeps a manifest. @throws dev.caisson.registry.protocol.Fault if not all that it needs is there */
    void put(String name, Repository.Stored stored, Manifest manifest, @Nullable String tag) throws IOException;

    /** @return false if there is none */
    boolean deleteTag(String name, String tag) throws IOException;

    /** With its tags. @return false if there is none */
    boolean deleteManifest(String name, Digest digest) throws IOException;

    /** From this repository alone. @return false if there is none */
    boolean deleteBlob(String name, Digest digest) throws IOException;

    /** See {@link dev.caisson.RegistryServer#collectGarbage}. */
    long collect(Duration unusedFor) throws IOException;

    /** Done every minute. */
    void tidy() throws IOException;

    @Override
    void close();
}
