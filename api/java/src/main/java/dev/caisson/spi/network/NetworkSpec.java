package dev.caisson.spi.network;

import dev.caisson.spi.Options;
import java.util.Map;

/**
 * A network to be made.
 *
 * @param id 64 hex digits
 * @param name unique in a root
 * @param options the driver's own (addresses, MTU …), validated
 * @param labels the user's
 */
public record NetworkSpec(String id, String name, Options options, Map<String, String> labels) {
}
