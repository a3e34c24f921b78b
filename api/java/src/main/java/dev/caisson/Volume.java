package dev.caisson;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A directory that outlives containers and is shared by those that name it.
 *
 * @param name unique in a root; 64 hex digits of an anonymous one
 * @param path where its files are on the host; they may be read and written there, by root
 * @param created when it was made
 * @param labels the user's
 * @param anonymous whether it was made for a container that named none, and goes with the last one that has it
 * @param users ids of the containers that have it, of all engines of the root
 */
public record Volume(String name, Path path, Instant created, Map<String, String> labels, boolean anonymous, List<String> users) {
    /** Map and list are copied. */
    public Volume {
        labels = Map.copyOf(labels);
        users = List.copyOf(users);
    }
}
