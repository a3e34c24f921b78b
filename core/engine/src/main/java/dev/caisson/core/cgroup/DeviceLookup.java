package dev.caisson.core.cgroup;

/** Finds the device node of a path on the host; what makes plans pure. */
@FunctionalInterface
public interface DeviceLookup {
    /** @throws dev.caisson.UnsupportedOnThisHost if there is no device node of that path */
    Node node(String path);

    /**
     * @param type b or c
     * @param mode permission bits
     */
    record Node(char type, int major, int minor, int mode, int uid, int gid) {
        /** The rule that allows this node. */
        public DeviceRule allow(String access) {
            return new DeviceRule(type, major, minor, DeviceRule.access(access));
        }
    }
}
