package dev.caisson.core.engine;

import dev.caisson.InvalidSpec;
import dev.caisson.linux.Errno;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is unique among all engines of a root: each is a link in {@code ROOT/names} that says {@code engine/object}, and who makes a link first has the name. No
 * container's name has a colon, so that other kinds have a prefix with one.
 */
final class ClaimedNames implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("dev.caisson.engine");
    private static final String NETWORK = "network:";
    private static final String USERS = "users:";

    private final Fd directory;
    private final String engine;

    private record Holder(String engine, String object) {}

    private ClaimedNames(Fd directory, String engine) {
        this.directory = directory;
        this.engine = engine;
    }

    /** @param engine the id of the one that claims */
    static ClaimedNames open(Path root, String engine) {
        return new ClaimedNames(FileCalls.open(root.resolve("names"), Fcntl.O_PATH | Fcntl.O_DIRECTORY, 0), engine);
    }

    /**
     * Claims a name for a container.
     *
     * @throws InvalidSpec if another container has it
     */
    void claim(String name, String container) {
        take(name, container).ifPresent(holder -> {
            throw new InvalidSpec("name(\"" + name + "\")", "is the name of container " + holder.object, "remove that one or choose another name");
        });
    }

    void free(String name) {
        FileCalls.unlinkatIfPresent(directory, name, 0);
    }

    /**
     * Claims a name for a network.
     *
     * @throws InvalidSpec if there is one of that name
     */
    void claimNetwork(String name, String network) {
        take(NETWORK + name, network).ifPresent(holder -> {
            throw new InvalidSpec("networks().create(\"" + name + "\")", "is the name of network " + holder.object
                    + (holder.engine.equals(engine) ? "" : " of engine " + holder.engine), "remove that one or choose another name");
        });
    }

    void freeNetwork(String name) {
        free(NETWORK + name);
    }

    /** Claims a range of users. @return whether nobody else has it */
    boolean claimUsers(int range, String container) {
        return take(USERS + range, container).isEmpty();
    }

    void freeUsers(int range) {
        free(USERS + range);
    }

    /** @return who has it already; empty if it is taken now */
    private Optional<Holder> take(String name, String object) {
        for (;;) {
            try {
                FileCalls.symlinkat(engine + "/" + object, directory, name);
                return Optional.empty();
            } catch (SyscallException e) {
                if (!e.is(Errno.EEXIST)) {
                    throw e;
                }
            }
            try {
                String[] link = FileCalls.readlinkat(directory, name).split("/");
                return Optional.of(new Holder(link[0], link[link.length - 1]));
            } catch (SyscallException e) {
                if (!e.is(Errno.ENOENT)) {
                    throw e;
                } // freed meanwhile
            }
        }
    }

    /** Frees what an engine has claimed for others than these. */
    static void sweep(Path root, String engine, Set<String> but) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(root.resolve("names"))) {
            for (Path name : all) {
                String of = Files.isSymbolicLink(name) ? Files.readSymbolicLink(name).toString() : "";
                if (of.startsWith(engine + "/") && !but.contains(of.substring(engine.length() + 1))) {
                    Files.deleteIfExists(name);
                }
            }
        } catch (IOException e) {
            LOG.warn("sweeping the names of engine {}: {}", engine, e.toString());
        }
    }

    @Override
    public void close() {
        directory.close();
    }
}
