package dev.caisson.core.cgroup;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which devices a container may use: everything, or what one of the rules allows and nothing else. The order of rules means nothing, so the same
 * policy is exact in the v1 device cgroup, where rules of the same node are merged, and as a v2 program.
 */
public record DevicePolicy(boolean everything, List<DeviceRule> allowed) {
    /** {@code --privileged}. */
    public static final DevicePolicy EVERYTHING = new DevicePolicy(true, List.of());

    /** What docker and runc allow together: mknod of any node, use of null, zero, full, random, urandom, tty, console, ptmx, pts and tun. */
    public static final DevicePolicy DEFAULT = new DevicePolicy(false, List.of(
            rule("c *:* m"), rule("b *:* m"),
            rule("c 1:3 rwm"), rule("c 1:5 rwm"), rule("c 1:7 rwm"), rule("c 1:8 rwm"), rule("c 1:9 rwm"),
            rule("c 5:0 rwm"), rule("c 5:1 rwm"), rule("c 5:2 rwm"), rule("c 136:* rwm"), rule("c 10:200 rwm")));

    public DevicePolicy {
        allowed = List.copyOf(allowed);
    }

    /** These rules besides; a rule for all nodes with all access is the same as everything. */
    public DevicePolicy with(List<DeviceRule> more) {
        if (everything || more.isEmpty()) {
            return this;
        }
        Map<String, DeviceRule> merged = new LinkedHashMap<>();
        List<DeviceRule> all = new ArrayList<>(allowed);
        all.addAll(more);
        for (DeviceRule r : all) {
            if (r.type() == 'a' && (r.major() != DeviceRule.ANY || r.minor() != DeviceRule.ANY || r.access() != DeviceRule.RWM)) {
                // The v1 file reads every rule of type a as "a *:* rwm": it would allow more than was asked for.
                merge(merged, new DeviceRule('c', r.major(), r.minor(), r.access()));
                merge(merged, new DeviceRule('b', r.major(), r.minor(), r.access()));
            } else if (r.type() == 'a') {
                return EVERYTHING;
            } else {
                merge(merged, r);
            }
        }
        return new DevicePolicy(false, List.copyOf(merged.values()));
    }

    private static void merge(Map<String, DeviceRule> merged, DeviceRule r) {
        merged.merge(r.type() + " " + r.major() + ":" + r.minor(), r,
                (x, y) -> new DeviceRule(x.type(), x.major(), x.minor(), x.access() | y.access()));
    }

    /** Whether a node may be used so. */
    public boolean allows(char type, int major, int minor, int access) {
        return everything || allowed.stream().anyMatch(r -> r.allows(type, major, minor, access));
    }

    private static DeviceRule rule(String text) {
        return DeviceRule.parse(text);
    }
}
