package dev.caisson.core.engine;

import dev.caisson.Device;
import dev.caisson.InvalidSpec;
import dev.caisson.OciSettings;
import dev.caisson.core.cgroup.DeviceRule;
import dev.caisson.core.cgroup.HostDevices;
import dev.caisson.core.plan.PlanInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What becomes of the host's devices in a container's /dev. */
final class DeviceNodes {
    private static final int S_IFCHR = 0x2000;
    private static final int S_IFBLK = 0x6000;
    private static final int S_IFIFO = 0x1000;
    private static final String DEV = "/dev/";
    /** A container has its own of these. */
    private static final Set<String> OWN = Set.of("null", "zero", "full", "random", "urandom", "tty", "console", "ptmx", "pts", "shm", "mqueue", "fd");

    private DeviceNodes() {}

    /** The nodes of a container's /dev besides the default ones; a privileged one sees all of the host's. */
    static List<PlanInput.Node> of(List<Device> devices, boolean privileged) {
        List<PlanInput.Node> nodes = new ArrayList<>();
        for (Device device : devices) {
            if (!device.containerPath().startsWith(DEV)) {
                throw new InvalidSpec("device(…, \"" + device.containerPath() + "\", …)", "is not below /dev", "give a path such as /dev/name");
            }
            HostDevices.granted(device).forEach(g -> nodes.add(node(g)));
        }
        if (privileged) {
            HostDevices.granted(new Device("/dev", "/dev", "rwm"), OWN).stream().map(DeviceNodes::node).forEach(nodes::add);
        }
        return nodes;
    }

    /** What the device cgroup must allow for them. */
    static List<DeviceRule> rules(List<Device> devices) {
        List<DeviceRule> rules = new ArrayList<>();
        devices.forEach(d -> HostDevices.granted(d).forEach(g -> rules.add(g.rule())));
        return rules;
    }

    /** One that a bundle describes; DEV is its prefix, which the reader has checked. */
    static PlanInput.Node node(OciSettings.DeviceNode device) {
        int type = switch (device.type()) {
            case 'b' -> S_IFBLK;
            case 'p' -> S_IFIFO;
            default -> S_IFCHR;
        };
        return new PlanInput.Node(device.path().substring(DEV.length()), type | device.mode(), device.major(), device.minor());
    }

    private static PlanInput.Node node(HostDevices.Granted granted) {
        int type = granted.node().type() == 'b' ? S_IFBLK : S_IFCHR;
        return new PlanInput.Node(granted.containerPath().substring(DEV.length()), type | granted.node().mode(), granted.node().major(), granted.node().minor());
    }
}
