package dev.caisson.core.security;

import dev.caisson.Capability;
import dev.caisson.InvalidSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The five capability sets of a container's process, a bit per {@link Capability#number()} (capabilities(7)).
 *
 * <p>As in Docker: bounding, permitted and effective are equal for root; any other user starts with permitted and effective empty and
 * can only gain from the bounding set by a set-uid program. Inheritable and ambient are empty unless asked for by name: an inheritable
 * set that is not empty lets file capabilities of the image come alive (CVE-2022-24769).
 */
public record CapabilitySets(long bounding, long permitted, long effective, long inheritable, long ambient) {
    /** Docker's fourteen (moby, daemon/pkg/oci/caps/defaults.go). */
    public static final List<Capability> DEFAULT = List.of(Capability.CHOWN, Capability.DAC_OVERRIDE, Capability.FSETID, Capability.FOWNER,
            Capability.MKNOD, Capability.NET_RAW, Capability.SETGID, Capability.SETUID, Capability.SETFCAP, Capability.SETPCAP,
            Capability.NET_BIND_SERVICE, Capability.SYS_CHROOT, Capability.KILL, Capability.AUDIT_WRITE);

    /**
     * What the caller asks for.
     *
     * @param add the default set and these; with {@link Capability#ALL} everything this process holds
     * @param drop without these; with ALL only what {@code add} names is left
     * @param privileged everything this process holds, {@code add} and {@code drop} notwithstanding, as Docker has it
     * @param ambient kept across execve(2) by any user: put into the inheritable, ambient, permitted and effective sets; each must be in
     *     the bounding set
     */
    public record Request(Collection<Capability> add, Collection<Capability> drop, boolean privileged, Collection<Capability> ambient) {
        public Request {
            add = List.copyOf(add);
            drop = List.copyOf(drop);
            ambient = List.copyOf(ambient);
        }
    }

    /**
     * The sets of a container.
     *
     * @param held the capabilities that this process can give away: its own bounding and permitted ones
     * @param root whether the container's user is root
     * @throws InvalidSpec listing every capability that is asked for by name but not held, and every ambient one outside the bounding set
     */
    public static CapabilitySets of(Request request, long held, boolean root) {
        List<InvalidSpec.Problem> problems = new ArrayList<>();
        long bounding = request.privileged() ? held : bounding(request, held, problems);
        long ambient = 0;
        for (Capability capability : request.ambient()) {
            long bit = capability == Capability.ALL ? bounding : bit(capability);
            if ((bit & ~bounding) != 0) {
                problems.add(new InvalidSpec.Problem("ambient(" + capability + ")", "is not among the container's capabilities",
                        "add it: capAdd(" + capability + ")"));
            }
            ambient |= bit;
        }
        if (!problems.isEmpty()) {
            throw new InvalidSpec(problems);
        }
        long own = root ? bounding : ambient;
        return new CapabilitySets(bounding, own, own, ambient, ambient);
    }

    /**
     * Docker's order (moby, caps.TweakCapabilities): with ALL added, everything but what is dropped by name; with ALL dropped, only what is added;
     * otherwise the default without the dropped ones, and then the added ones, so that a capability both dropped and added is there.
     */
    private static long bounding(Request request, long held, List<InvalidSpec.Problem> problems) {
        for (Capability capability : request.add()) {
            if (capability != Capability.ALL && (bit(capability) & ~held) != 0) {
                problems.add(new InvalidSpec.Problem("capAdd(" + capability + ")", "this process does not hold CAP_" + capability
                        + " and so cannot give it", "start the JVM with CAP_" + capability + " (as root; in a systemd unit "
                        + "AmbientCapabilities= and CapabilityBoundingSet=), or do without it"));
            }
        }
        boolean everything = request.add().contains(Capability.ALL);
        boolean nothing = request.drop().contains(Capability.ALL);
        if (everything) {
            return held & ~mask(request.drop());
        }
        long base = nothing ? 0 : mask(DEFAULT) & ~mask(request.drop());
        return held & (base | mask(request.add()));
    }

    /** The bits of these, ALL having none. */
    public static long mask(Collection<Capability> capabilities) {
        long mask = 0;
        for (Capability capability : capabilities) {
            mask |= capability == Capability.ALL ? 0 : bit(capability);
        }
        return mask;
    }

    private static long bit(Capability capability) {
        return 1L << capability.number();
    }
}
