package dev.caisson.spi.network;

/**
 * An open network namespace.
 *
 * @param descriptor a descriptor of it, owned by the engine and valid during the call; -1 for the host's own
 */
public record NamespaceRef(int descriptor) {
    /** The host's. */
    public static final NamespaceRef HOST = new NamespaceRef(-1);
}
