package dev.caisson.core.cgroup;

/**
 * Where a container is in one hierarchy.
 *
 * @param path its cgroup beneath what the engine slot is
 * @param own whether it is the container's alone; otherwise the engine's default cgroup, which it shares
 * @param engineSlot the engine's directory; of a container whose place was given, the mount
 */
record Place(CgroupSlots.Slot slot, String path, boolean own, int engineSlot) {
    Place(CgroupSlots.Slot slot, String path, boolean own) {
        this(slot, path, own, slot.slot());
    }

    String file(String name) {
        return path + "/" + name;
    }
}
