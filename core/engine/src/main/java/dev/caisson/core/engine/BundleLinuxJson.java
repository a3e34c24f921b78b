package dev.caisson.core.engine;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.ContainerSpec;
import dev.caisson.InvalidSpec;
import dev.caisson.Resources;
import dev.caisson.SeccompChoice;
import dev.caisson.UserNamespace;
import dev.caisson.core.cgroup.DeviceRule;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.security.seccomp.Arch;
import dev.caisson.core.security.seccomp.ProfileWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** {@code linux} of a bundle. */
final class BundleLinuxJson {
    private static final int S_IFMT = 0xf000;
    private static final int S_IFBLK = 0x6000;

    private BundleLinuxJson() {}

    static void write(ObjectNode json, ContainerSpec spec, PlanInput in) {
        namespaces(json, spec, in);
        ObjectNode sysctl = json.putObject("sysctl");
        in.sysctls().forEach((path, value) -> sysctl.put(path.replace('/', '.'), value));
        in.root().masked().forEach(m -> json.withArray("maskedPaths").add(m.path()));
        in.root().readOnlyPaths().forEach(json.withArray("readonlyPaths")::add);
        devices(json, spec, in);
        resources(json.with("resources"), spec.resources());
        if (spec.security().seccomp() instanceof SeccompChoice.Profile profile) {
            json.set("seccomp", profile(profile));
        } else if (in.privilege().seccomp() != null) {
            json.set("seccomp", ProfileWriter.defaultPolicy(Arch.ofMachine(System.getProperty("os.arch")), in.privilege().bounding()));
        }
    }

    /** Docker's own profiles ask about capabilities and kernels, which no runtime does. */
    private static com.fasterxml.jackson.databind.JsonNode profile(SeccompChoice.Profile profile) {
        try {
            com.fasterxml.jackson.databind.JsonNode root = new ObjectMapper().readTree(profile.file().toFile());
            com.fasterxml.jackson.databind.JsonNode own = root.at("/linux/seccomp").isMissingNode() ? root : root.at("/linux/seccomp");
            if (own.has("archMap") || own.findValue("includes") != null || own.findValue("excludes") != null) {
                throw new InvalidSpec("seccomp(" + profile.file() + ")", "is a profile of docker's (archMap, includes, excludes), which no OCI bundle can hold", "give one in OCI's form");
            }
            return own;
        } catch (IOException e) {
            throw new InvalidSpec("seccomp(" + profile.file() + ")", "cannot be read: " + e, "");
        }
    }

    private static void namespaces(ObjectNode json, ContainerSpec spec, PlanInput in) {
        List<String> own = new ArrayList<>(List.of("mount"));
        if (in.spaces().pid() == PlanInput.Space.OWN) {
            own.add("pid");
        }
        if (in.network() != PlanInput.NetworkNamespace.HOST) {
            own.add("network");
        }
        if (in.spaces().ipc() == PlanInput.Space.OWN) {
            own.add("ipc");
        }
        if (in.spaces().uts() == PlanInput.Space.OWN) {
            own.add("uts");
        }
        if (!spec.security().namespaces().cgroupHost()) {
            own.add("cgroup");
        }
        UserNamespace.Mapped users = in.users() == null ? null : in.users().maps();
        if (users != null) {
            own.add("user");
            users.users().forEach(r -> json.withArray("uidMappings").add(range(json, r)));
            users.groups().forEach(r -> json.withArray("gidMappings").add(range(json, r)));
        }
        if (in.timeNamespace()) {
            own.add("time");
            Duration offset = in.bootTimeOffset();
            for (String clock : List.of("monotonic", "boottime")) {
                json.with("timeOffsets").putObject(clock).put("secs", offset.getSeconds()).put("nanosecs", offset.getNano());
            }
        }
        ArrayNode all = json.putArray("namespaces");
        own.forEach(type -> all.addObject().put("type", type));
    }

    private static ObjectNode range(ObjectNode of, UserNamespace.Range range) {
        return of.objectNode().put("containerID", range.inside()).put("hostID", range.outside()).put("size", range.size());
    }

    private static void devices(ObjectNode json, ContainerSpec spec, PlanInput in) {
        for (PlanInput.Node node : in.root().devices()) {
            json.withArray("devices").addObject().put("path", "/dev/" + node.path()).put("type", (node.mode() & S_IFMT) == S_IFBLK ? "b" : "c").put("major", node.major())
                    .put("minor", node.minor()).put("fileMode", node.mode() & 0777).put("uid", 0).put("gid", 0);
        }
        ArrayNode rules = json.with("resources").putArray("devices");
        if (spec.security().privileged()) {
            rules.addObject().put("allow", true).put("access", "rwm");
            return;
        }
        rules.addObject().put("allow", false).put("access", "rwm");
        List<DeviceRule> granted = new ArrayList<>(DeviceNodes.rules(spec.files().devices()));
        spec.files().deviceRules().forEach(rule -> granted.add(DeviceRule.parse(rule)));
        granted.forEach(rule -> {
            ObjectNode each = rules.addObject().put("allow", true).put("type", String.valueOf(rule.type())).put("access", rule.toString().split(" ")[2]);
            if (rule.major() != DeviceRule.ANY) {
                each.put("major", rule.major());
            }
            if (rule.minor() != DeviceRule.ANY) {
                each.put("minor", rule.minor());
            }
        });
    }

    private static void resources(ObjectNode json, Resources r) {
        put(json, "memory", "limit", r.memory());
        put(json, "memory", "swap", r.memorySwap());
        put(json, "memory", "reservation", r.memoryReservation());
        put(json, "memory", "swappiness", r.memorySwappiness() < 0 ? 0 : r.memorySwappiness());
        if (r.oomKillDisable()) {
            json.with("memory").put("disableOOMKiller", true);
        }
        put(json, "cpu", "shares", r.cpuShares());
        put(json, "cpu", "quota", r.nanoCpus() > 0 ? r.nanoCpus() / 10_000 : r.cpuQuotaMicros());
        put(json, "cpu", "period", r.nanoCpus() > 0 ? 100_000 : r.cpuPeriodMicros());
        put(json, "cpu", "realtimeRuntime", r.realtimeRuntimeMicros());
        put(json, "cpu", "realtimePeriod", r.realtimePeriodMicros());
        if (!r.cpusetCpus().isEmpty()) {
            json.with("cpu").put("cpus", r.cpusetCpus());
        }
        if (!r.cpusetMems().isEmpty()) {
            json.with("cpu").put("mems", r.cpusetMems());
        }
        put(json, "pids", "limit", r.pids() == 0 ? 4096 : r.pids());
        put(json, "blockIO", "weight", r.blkioWeight());
        if (!r.throttles().isEmpty() || !r.deviceWeights().isEmpty()) {
            throw new InvalidSpec("throttle(…) and blkioWeight(device, …)", "are not written to OCI bundles", "leave them out, and add linux.resources.blockIO by hand");
        }
    }

    private static void put(ObjectNode json, String object, String key, long value) {
        if (value != 0) {
            json.with(object).put(key, value);
        }
    }
}
