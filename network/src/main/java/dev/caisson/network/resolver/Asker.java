package dev.caisson.network.resolver;

import dev.caisson.network.dns.Question;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A container that asks, and what it may know. */
public interface Asker {
    /** Whose share of what is under way it uses. */
    String id();

    /** The addresses of a name on its networks, in lower case; empty for a name that is nobody's there. */
    List<Integer> lookup(String name);

    /** Whether an address belongs to one of its networks. */
    boolean near(int address);

    /** The name of an address on its networks. */
    Optional<String> reverse(int address);

    /** The IPv6 addresses of a name, 16 bytes each; a name that has some has others too. */
    default List<byte[]> lookup6(String name) {
        return List.of();
    }

    /** Whether an IPv6 address belongs to one of its networks. */
    default boolean near6(byte[] address) {
        return false;
    }

    /** The name of an IPv6 address on its networks. */
    default Optional<String> reverse6(byte[] address) {
        return Optional.empty();
    }

    /** The host's address as seen from there; empty for one that has no way out, whose questions are not asked on either. */
    Optional<Integer> host();

    /** The response code that a question about a name outside is answered with at once; empty if it is to be asked on. */
    default OptionalInt refuses(Question question) {
        return OptionalInt.empty();
    }

    /** A question of its own was answered by somebody outside. Called before it gets the answer. */
    default void answered(Question question, byte[] reply) {}

    /** The name servers of its own choice; empty for the host's. */
    List<String> nameservers();
}
