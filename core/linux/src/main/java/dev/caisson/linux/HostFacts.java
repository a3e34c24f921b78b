package dev.caisson.linux;

import java.util.List;
import java.util.Map;

/**
 * What this host offers, found out by {@link HostProbe}.
 *
 * @param kernelRelease as {@code uname -r}
 * @param architecture {@code x86_64} or {@code aarch64}
 * @param pageSize in bytes
 * @param cgroups which hierarchies are mounted
 * @param controllers v1: controller (or {@code name=…}) → mount point; v2: the empty name → mount point
 * @param ownCgroups the JVM's own cgroup: controller, or the empty name for v2 → path in that hierarchy
 * @param capabilities the effective set of this process, as a bit mask
 * @param boundingSet the bounding set of this process, as a bit mask
 * @param lastCapability the highest capability number the kernel knows
 * @param memfdNoexec {@code vm.memfd_noexec}: 2 forbids memfds that can be executed; 0 also where the kernel has no such setting
 */
public record HostFacts(
        String kernelRelease, String architecture, int pageSize, CgroupMode cgroups, Map<String, String> controllers,
        Map<String, String> ownCgroups, long capabilities, long boundingSet, int lastCapability, int memfdNoexec,
        List<Probe> probes) {

    /** Which cgroup hierarchies are mounted: only v1, only v2, both (systemd's "hybrid"), or none. */
    public enum CgroupMode { NONE, V1, V2, HYBRID }

    /** Whether the effective set has the capability of this number, such as 21 for CAP_SYS_ADMIN. */
    public boolean hasCapability(int number) {
        return (capabilities & 1L << number) != 0;
    }

    /** The probe of this name; IllegalArgumentException names those there are. */
    public Probe probe(String name) {
        for (Probe probe : probes) {
            if (probe.name().equals(name)) {
                return probe;
            }
        }
        throw new IllegalArgumentException(
                "no probe \"" + name + "\"; there are " + String.join(", ", probes.stream().map(Probe::name).toList()));
    }
}
