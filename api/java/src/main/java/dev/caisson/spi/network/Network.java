package dev.caisson.spi.network;

import java.util.Map;

/**
 * A network that exists.
 *
 * @param id unique in a root
 * @param state what the driver keeps about it, in its own words
 */
public record Network(String id, String name, Map<String, String> state) {
}
