package dev.caisson.spi;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The container a driver instance serves: what log tags and attributes are made of.
 *
 * @param id 64 hex digits
 * @param name as of {@link dev.caisson.Container#name()}
 * @param imageId digest of the configuration of its image; "" for other roots
 * @param imageName the reference that was given; "" for other roots
 * @param command what was given instead of the image's command; empty if that runs
 * @param hostname the one that was given; "" for the short id
 * @param created when its log was opened
 * @param labels the user's
 * @param env what was given beside the image's environment
 */
public record Subject(String id, String name, String imageId, String imageName, List<String> command, String hostname, Instant created,
        Map<String, String> labels, Map<String, String> env) {
    /** For drivers that serve an engine. */
    public static final Subject NONE = new Subject("", "", "", "", List.of(), "", Instant.EPOCH, Map.of(), Map.of());
}
