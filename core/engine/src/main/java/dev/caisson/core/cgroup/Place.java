package dev.caisson.core.cgroup;

/**
 * Where a container is in one hierarchy.
 *
 * @param path its cgroup beneath the engine's directory
 * @param own whether it is the container's alone; otherwise the engine's default cgroup, which it shares
 */
record Place(CgroupSlots.Slot slot, String path, boolean own) {
    String file(String name) {
        return path + "/" + name;
    }
}
