package dev.caisson;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The volumes of an engine's root directory ({@code docker volume}), shared by all engines of that root. */
public interface Volumes {
    /**
     * Makes a volume; one of that name that is there already is given back as it is.
     *
     * @param name as {@link #create(String, Map)}
     * @return new and empty, or the one that was there
     * @throws InvalidSpec if it is no such name
     * @throws StorageProblem if the disk refuses
     */
    default Volume create(String name) {
        return create(name, Map.of());
    }

    /**
     * The same with labels, which a volume that is there already does not get.
     *
     * @param name letters, digits, {@code _}, {@code .} and {@code -}, two at least, beginning with a letter or digit
     * @param labels the user's own; the engine reads none of it
     * @return new and empty, or the one that was there ({@code docker volume create})
     * @throws InvalidSpec if it is no such name
     * @throws StorageProblem if the disk refuses
     */
    Volume create(String name, Map<String, String> labels);

    /**
     * All, by name.
     *
     * @return those without a name too, under the names they were given
     */
    List<Volume> list();

    /**
     * The one of that name, if there is one.
     *
     * @param name exactly
     * @return as of now, with the containers that have it
     */
    Optional<Volume> find(String name);

    /**
     * Removes a volume and what is in it.
     *
     * @param name exactly ({@code docker volume rm})
     * @throws StorageProblem if there is none of that name, or a container has it
     */
    void remove(String name);

    /**
     * Removes anonymous volumes that no container has ({@code docker volume prune}).
     *
     * @return their names, and the bytes they held
     */
    Pruned prune();

    /**
     * Removes all volumes that no container has ({@code docker volume prune --all}).
     *
     * @return their names, and the bytes they held
     */
    Pruned pruneAll();

    /**
     * Bytes that a volume takes on disk, counted now.
     *
     * @param name exactly
     * @return what its blocks take, not what its files say
     * @throws StorageProblem if there is none of that name
     */
    long size(String name);

    /**
     * What they take on disk, counted now.
     *
     * @return how many, how many of them a container has, bytes, and bytes that {@link #pruneAll()} would free
     */
    default SpaceUsage usage() {
        int total = 0;
        int active = 0;
        long bytes = 0;
        long idle = 0;
        for (Volume volume : list()) {
            long size;
            try {
                size = size(volume.name());
            } catch (StorageProblem removed) {
                continue; // meanwhile
            }
            total++;
            bytes += size;
            active += volume.users().isEmpty() ? 0 : 1;
            idle += volume.users().isEmpty() ? size : 0;
        }
        return new SpaceUsage(total, active, bytes, idle);
    }
}
