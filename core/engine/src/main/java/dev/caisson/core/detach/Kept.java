package dev.caisson.core.detach;

import dev.caisson.ContainerSpec;
import dev.caisson.EngineProblem;
import dev.caisson.Stage;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SafeRoot;
import dev.caisson.spi.network.Attachment;
import dev.caisson.spi.network.Held;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the next engine has to know of a container: {@code spec.json} in its directory.
 *
 * @param version of this document
 * @param launch its number with the guard
 * @param spec with user and environment as they were found out, without what only its JVM could do
 * @param layer the topmost of its image; "" if it has none
 * @param etc whether its /etc files are the engine's
 * @param cgroups where the engine's cgroups are
 * @param networks which it is on, in the order of connecting
 */
public record Kept(int version, String id, int launch, ContainerSpec spec, ImageDefaults image, String layer, String hostname, boolean etc, List<String> cgroups,
        @Nullable List<Place> networks) {
    /** Of the document; the one before knew no networks. */
    public static final int VERSION = 2;
    private static final int OLDEST = 1;
    private static final String FILE = "spec.json";
    private static final int LIMIT = 8 << 20;

    /**
     * A place on a network.
     *
     * @param network its name
     * @param driver the name of the network's driver
     * @param descriptors how many of those that its guard holds are for this one; they follow those of the places before
     * @param undo for each of the first of them: what is sent there when it is over
     */
    public record Place(String network, String driver, Attachment attachment, int descriptors, List<Held.Undo> undo) {
        public Place {
            undo = List.copyOf(undo);
        }
    }

    public Kept {
        Objects.requireNonNull(id);
        Objects.requireNonNull(spec);
        Objects.requireNonNull(image);
        Objects.requireNonNull(layer);
        Objects.requireNonNull(hostname);
        cgroups = List.copyOf(cgroups);
        networks = networks == null ? List.of() : List.copyOf(networks);
        if (version < OLDEST || version > VERSION) {
            throw new IllegalArgumentException("has version " + version + ", this is " + VERSION);
        }
        if (!id.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("names no container");
        }
    }

    /** The same with another spec. */
    public Kept with(ContainerSpec changed) {
        return new Kept(version, id, launch, changed, image, layer, hostname, etc, cgroups, networks);
    }

    /** Which it is on. */
    public List<Place> places() {
        return Objects.requireNonNullElse(networks, List.of());
    }

    byte[] toJson() {
        return RecordJson.write(this);
    }

    /** @throws IllegalArgumentException if it is none */
    static Kept of(byte[] json) {
        return RecordJson.read(json, Kept.class);
    }

    /** Writes it, so that it is there after a power failure. @param directory the container's */
    public void write(Fd directory) {
        try (Fd file = FileCalls.openat(directory, FILE + ".tmp", Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_TRUNC | Fcntl.O_NOFOLLOW, 0600)) {
            FileCalls.writeAll(file, ByteBuffer.wrap(toJson()));
            FileCalls.fsync(file);
        }
        FileCalls.renameat2(directory, FILE + ".tmp", directory, FILE, 0);
        FileCalls.fsync(directory);
    }

    /** @throws EngineProblem if it is damaged */
    public static Kept read(Fd directory) {
        try (SafeRoot root = SafeRoot.of(directory.dup())) {
            return of(root.readRegular(FILE, LIMIT));
        } catch (IllegalArgumentException e) {
            throw new EngineProblem(Stage.SUPERVISE, "what is written of a detached container is damaged: " + directory + "/" + FILE + " " + e.getMessage(), "its processes go with kill -9 of the guard that holds them; then remove its directory", e);
        }
    }
}
