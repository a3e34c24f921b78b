package dev.caisson.core.cgroup;

import dev.caisson.Resources;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a container asks of cgroups.
 *
 * @param name of its cgroup, beneath the engine's: the container's id
 * @param resources limits the caller asked for
 * @param devices nodes it may use
 * @param defaultPids limit of processes where the caller gives none; 0 for none. Default 4096
 * @param accounting what is measured although nothing limits it
 * @param ownPidNamespace whether the end of its first process is the end of all; otherwise its cgroup is killed
 * @param bestEffort whether a limit that cannot be enforced is a warning
 * @param place where it is, if that was given
 */
public record CgroupRequest(String name, Resources resources, DevicePolicy devices, long defaultPids, Accounting accounting, boolean ownPidNamespace,
        boolean bestEffort, Optional<GivenPlace> place) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,127}");
    /** Docker has none; a fork bomb needs one. */
    public static final long DEFAULT_PIDS = 4096;

    /** What is measured although nothing limits it. */
    public enum Accounting {
        /** Memory, its peak and CPU time, and a CPU share of its own beside the engine's other containers. */
        FULL,
        /** Only what is limited: half the system calls. Peak memory and CPU time come from the rusage of its processes that were waited for. */
        LEAN
    }

    public CgroupRequest {
        // In a plan it is one component of a path beneath the engine's directory, and must be no name that the kernel or the engine uses there.
        if (!NAME.matcher(name).matches() || name.equals(CgroupSlots.DEFAULT) || name.equals("tasks")) {
            throw new IllegalArgumentException("'" + name + "' cannot name a cgroup");
        }
    }

    /** A container with a PID namespace of its own, the default devices and no limit asked for. */
    public static CgroupRequest of(String name) {
        return new CgroupRequest(name, Resources.NONE, DevicePolicy.DEFAULT, DEFAULT_PIDS, Accounting.FULL, true, false, Optional.empty());
    }

    public CgroupRequest resources(Resources value) {
        return new CgroupRequest(name, value, devices, defaultPids, accounting, ownPidNamespace, bestEffort, place);
    }

    public CgroupRequest devices(DevicePolicy value) {
        return new CgroupRequest(name, resources, value, defaultPids, accounting, ownPidNamespace, bestEffort, place);
    }

    public CgroupRequest accounting(Accounting value) {
        return new CgroupRequest(name, resources, devices, defaultPids, value, ownPidNamespace, bestEffort, place);
    }

    public CgroupRequest defaultPids(long value) {
        return new CgroupRequest(name, resources, devices, value, accounting, ownPidNamespace, bestEffort, place);
    }

    public CgroupRequest ownPidNamespace(boolean value) {
        return new CgroupRequest(name, resources, devices, defaultPids, accounting, value, bestEffort, place);
    }

    public CgroupRequest bestEffort(boolean value) {
        return new CgroupRequest(name, resources, devices, defaultPids, accounting, ownPidNamespace, value, place);
    }

    /** Outside the engine's directory. */
    public CgroupRequest at(GivenPlace value) {
        return new CgroupRequest(name, resources, devices, defaultPids, accounting, ownPidNamespace, bestEffort, Optional.of(value));
    }
}
