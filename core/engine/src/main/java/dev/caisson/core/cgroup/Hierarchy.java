package dev.caisson.core.cgroup;

import java.util.List;

/**
 * One mounted cgroup hierarchy.
 *
 * @param unified whether it is cgroup v2
 * @param controllers of a v1 hierarchy, as mounted: {@code [cpu, cpuacct]}, {@code [name=systemd]}; empty for v2, whose files say which are enabled
 * @param mountPoint where it is mounted
 * @param own the JVM's own cgroup relative to the mount point, without a leading slash; "" for the mount point itself
 * @param readOnly whether this mount refuses writes
 */
public record Hierarchy(boolean unified, List<String> controllers, String mountPoint, String own, boolean readOnly) {
    public Hierarchy {
        controllers = List.copyOf(controllers);
    }

    /** Its name in messages and, for v1, the {@code -o} option of its mount. */
    public String label() {
        return unified ? "cgroup2" : String.join(",", controllers);
    }

    /** Whether it has no controller but only a name, such as systemd's. */
    boolean named() {
        return !unified && controllers.stream().allMatch(c -> c.startsWith("name="));
    }

    /** The cgroup below which containers go by default: v1 below the JVM's own; v2 beside it, since a v2 cgroup with processes has no controllers to hand on. */
    String defaultParent() {
        return unified ? own.substring(0, Math.max(0, own.lastIndexOf('/'))) : own;
    }
}
