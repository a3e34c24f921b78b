package dev.caisson.network.resolver;

import java.util.List;
import java.util.Optional;

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

    /** The host's address as seen from there; empty for one that has no way out, whose questions are not asked on either. */
    Optional<Integer> host();

    /** The name servers of its own choice; empty for the host's. */
    List<String> nameservers();
}
