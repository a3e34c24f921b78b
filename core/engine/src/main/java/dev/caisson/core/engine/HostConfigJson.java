package dev.caisson.core.engine;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.ContainerSpec;
import dev.caisson.Device;
import dev.caisson.Mount;
import dev.caisson.Port;
import dev.caisson.ReadOnly;
import dev.caisson.Resources;
import dev.caisson.Resources.Throttle;
import dev.caisson.RestartPolicy;
import dev.caisson.UserNamespace;
import dev.caisson.core.plan.PlanInput;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** {@code HostConfig} of docker's inspect: what was asked for. */
final class HostConfigJson {
    private final ContainerSpec spec;
    private final PlanInput input;
    private final ObjectNode node = Json.object();

    /** @param input what came of the spec */
    HostConfigJson(ContainerSpec spec, PlanInput input) {
        this.spec = spec;
        this.input = input;
    }

    ObjectNode build() {
        files();
        network();
        security();
        resources();
        node.put("AutoRemove", false).put("ContainerIDFile", "").put("Runtime", "caisson").put("Isolation", "").put("OomScoreAdj", spec.process().oomScoreAdj())
                .put("Init", spec.process().init());
        node.set("ConsoleSize", Json.array().add(0).add(0));
        node.set("Annotations", Json.map(spec.annotations()));
        ObjectNode log = node.putObject("LogConfig").put("Type", spec.log().driver().isEmpty() ? "json-file" : spec.log().driver());
        log.set("Config", Json.map(spec.log().options()));
        RestartPolicy restart = spec.life().restart();
        node.putObject("RestartPolicy").put("Name", restart.when().name().toLowerCase(Locale.ROOT).replace('_', '-')).put("MaximumRetryCount", restart.retries());
        return node;
    }

    private void files() {
        ArrayNode binds = node.putArray("Binds");
        ObjectNode tmpfs = node.putObject("Tmpfs");
        for (Mount mount : spec.files().mounts()) {
            if (mount instanceof Mount.Bind b) {
                binds.add(b.source() + ":" + b.target() + (b.readOnly() ? ":ro" : ""));
            } else if (mount instanceof Mount.Volume v && !v.volume().isEmpty()) {
                binds.add(v.volume() + ":" + v.target() + (v.readOnly() ? ":ro" : ""));
            } else if (mount instanceof Mount.Tmpfs t) {
                tmpfs.put(t.target(), String.join(",", new TreeMap<>(t.options()).entrySet().stream().map(o -> o.getKey() + (o.getValue().isEmpty() ? "" : "=" + o.getValue())).toList()));
            }
        }
        node.set("VolumesFrom", Json.strings(spec.files().volumesFrom().stream().map(v -> v.container() + (v.readOnly() ? ":ro" : "")).toList()));
        node.put("VolumeDriver", "").put("ReadonlyRootfs", spec.files().readOnly() != ReadOnly.NO).put("ShmSize", spec.files().shmSize());
        ArrayNode devices = node.putArray("Devices");
        for (Device device : spec.files().devices()) {
            devices.addObject().put("PathOnHost", device.hostPath()).put("PathInContainer", device.containerPath()).put("CgroupPermissions", device.access());
        }
        node.set("DeviceCgroupRules", Json.strings(spec.files().deviceRules()));
        node.set("MaskedPaths", Json.strings(input.root().masked().stream().map(PlanInput.Masked::path).toList()));
        node.set("ReadonlyPaths", Json.strings(input.root().readOnlyPaths()));
    }

    private void network() {
        node.put("NetworkMode", spec.network().chosen().get(0).network()).put("PublishAllPorts", spec.network().publishAll());
        ObjectNode ports = node.putObject("PortBindings");
        for (Port port : spec.network().ports()) {
            Json.listed(ports, port.containerPort() + "/" + port.protocol()).addObject().put("HostIp", port.hostAddress())
                    .put("HostPort", port.hostPort() == 0 ? "" : Integer.toString(port.hostPort()));
        }
        node.set("Dns", Json.strings(spec.identity().dns()));
        node.set("DnsOptions", Json.strings(spec.identity().dnsOptions()));
        node.set("DnsSearch", Json.strings(spec.identity().dnsSearch()));
        node.set("ExtraHosts", Json.strings(spec.identity().extraHosts().entrySet().stream().map(e -> e.getKey() + ":" + e.getValue()).toList()));
        node.set("Links", Json.array());
    }

    private void security() {
        ContainerSpec.Security s = spec.security();
        ContainerSpec.Namespaces n = s.namespaces();
        node.put("Privileged", s.privileged()).put("IpcMode", n.ipc().isEmpty() ? "private" : n.ipc()).put("PidMode", n.pid()).put("UTSMode", n.uts())
                .put("UsernsMode", s.users() instanceof UserNamespace.Host ? "host" : "private").put("CgroupnsMode", n.cgroupHost() ? "host" : "private").put("Cgroup", "");
        node.set("CapAdd", Json.strings(s.capAdd().stream().map(Object::toString).sorted().toList()));
        node.set("CapDrop", Json.strings(s.capDrop().stream().map(Object::toString).sorted().toList()));
        node.set("GroupAdd", Json.strings(spec.process().groups()));
        node.set("SecurityOpt", Json.strings(SecurityWords.of(s)));
        node.set("Sysctls", Json.map(s.sysctls()));
    }

    private void resources() {
        Resources r = spec.resources();
        node.put("CgroupParent", "").put("Memory", r.memory()).put("MemoryReservation", r.memoryReservation()).put("MemorySwap", r.memorySwap()).put("KernelMemory", 0)
                .put("NanoCpus", r.nanoCpus()).put("CpuShares", r.cpuShares()).put("CpuPeriod", r.cpuPeriodMicros()).put("CpuQuota", r.cpuQuotaMicros())
                .put("CpuRealtimePeriod", r.realtimePeriodMicros()).put("CpuRealtimeRuntime", r.realtimeRuntimeMicros()).put("CpusetCpus", r.cpusetCpus())
                .put("CpusetMems", r.cpusetMems()).put("PidsLimit", r.pids()).put("BlkioWeight", r.blkioWeight()).put("OomKillDisable", r.oomKillDisable())
                .put("CpuCount", 0).put("CpuPercent", 0).put("IOMaximumIOps", 0).put("IOMaximumBandwidth", 0);
        if (r.memorySwappiness() < 0) {
            node.putNull("MemorySwappiness");
        } else {
            node.put("MemorySwappiness", r.memorySwappiness());
        }
        ArrayNode weights = node.putArray("BlkioWeightDevice");
        r.deviceWeights().forEach(w -> weights.addObject().put("Path", w.device()).put("Weight", w.weight()));
        Map<Throttle.Kind, String> names = Map.of(Throttle.Kind.READ_BPS, "BlkioDeviceReadBps", Throttle.Kind.WRITE_BPS, "BlkioDeviceWriteBps", Throttle.Kind.READ_IOPS,
                "BlkioDeviceReadIOps", Throttle.Kind.WRITE_IOPS, "BlkioDeviceWriteIOps");
        names.values().forEach(node::putArray);
        r.throttles().forEach(t -> ((ArrayNode) node.get(names.get(t.kind()))).addObject().put("Path", t.device()).put("Rate", t.rate()));
        ArrayNode limits = node.putArray("Ulimits");
        new TreeMap<>(spec.process().rlimits()).forEach((limit, value) -> limits.addObject().put("Name", limit.toString().toLowerCase(Locale.ROOT)).put("Soft", value.soft())
                .put("Hard", value.hard()));
        node.set("DeviceRequests", Json.array());
    }
}
