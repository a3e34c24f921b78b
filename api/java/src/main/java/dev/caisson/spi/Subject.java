package dev.caisson.spi;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The container a driver instance serves: what log tags and attributes are made of. */
public record Subject(String id, String name, String imageId, String imageName, List<String> command, String hostname, Instant created,
        Map<String, String> labels, Map<String, String> env) {
    /** For drivers that serve an engine. */
    public static final Subject NONE = new Subject("", "", "", "", List.of(), "", Instant.EPOCH, Map.of(), Map.of());
}
