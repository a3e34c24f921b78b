package dev.caisson.core.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.Container.State;
import dev.caisson.ContainerDetails;
import dev.caisson.ContainerSpec;
import dev.caisson.ExitStatus;
import dev.caisson.Health;
import dev.caisson.Mount;
import dev.caisson.Port;
import dev.caisson.Protocol;
import dev.caisson.ReadOnly;
import dev.caisson.Resources;
import dev.caisson.RootSource;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.spi.network.AttachRequest.PortMapping;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code docker inspect}: typed, and in the shape of docker's GET /containers/ID/json. Secrets are in neither. */
final class Inspection {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Docker's for "never". */
    private static final String NEVER = "0001-01-01T00:00:00Z";

    private final LiveContainer container;
    private final RunContext run;
    private final ContainerSpec spec;

    Inspection(LiveContainer container) {
        this.container = container;
        this.run = container.run();
        this.spec = run.spec();
    }

    ContainerDetails details() {
        PlanInput.Process process = run.input().process();
        Chronicle when = run.chronicle();
        Optional<ExitStatus> exit = container.exitStatus();
        Health health = container.health();
        List<Port> ports = new ArrayList<>();
        for (PortMapping p : run.connections().ports()) {
            ports.add(new Port(p.hostAddress(), p.hostPort(), p.containerPort(), Protocol.valueOf(p.protocol().toUpperCase(java.util.Locale.ROOT))));
        }
        Map<String, String> addresses = new LinkedHashMap<>();
        run.connections().list().forEach(c -> addresses.put(c.network(), c.address(false).or(() -> c.address(true)).orElse("")));
        String image = Optional.ofNullable(when.image().id()).orElse("");
        String driver = spec.root() instanceof RootSource.Image ? run.engine().drivers().storage().name() : "";
        State state = container.state();
        ObjectNode json = JSON.createObjectNode();
        json.put("Id", run.id()).put("Created", when.created().toString()).put("Path", process.argv().get(0));
        json.set("Args", strings(process.argv().subList(1, process.argv().size())));
        json.set("State", state(state, container.pid(), exit, health, when));
        json.put("Image", image).put("Name", "/" + run.name()).put("RestartCount", container.restartCount()).put("Driver", driver).put("Platform", "linux");
        json.set("HostConfig", hostConfig());
        json.set("Mounts", mounts());
        json.set("Config", config(process, image));
        json.set("NetworkSettings", networks(addresses, ports));
        return new ContainerDetails(run.id(), run.name(), when.created(), when.started(), when.finished(), state, container.pid(), exit, container.restartCount(), health, image,
                process.argv(), process.env(), process.workdir(), driver, addresses, ports, spec, container.warnings(), text(json));
    }

    private static String text(ObjectNode json) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of values is always written", e);
        }
    }

    private static ArrayNode strings(Iterable<String> values) {
        ArrayNode array = JSON.createArrayNode();
        values.forEach(array::add);
        return array;
    }

    private static String time(Optional<Instant> when) {
        return when.map(Instant::toString).orElse(NEVER);
    }

    private static ObjectNode state(State state, int pid, Optional<ExitStatus> exit, Health health, Chronicle when) {
        ObjectNode node = JSON.createObjectNode();
        node.put("Status", state.name().toLowerCase(java.util.Locale.ROOT)).put("Running", state == State.RUNNING || state == State.PAUSED).put("Paused", state == State.PAUSED)
                .put("Restarting", state == State.RESTARTING).put("OOMKilled", exit.map(ExitStatus::oomKilled).orElse(false)).put("Dead", false).put("Pid", pid)
                .put("ExitCode", exit.map(ExitStatus::exitCode).orElse(0)).put("Error", "").put("StartedAt", time(when.started())).put("FinishedAt", time(when.finished()));
        if (health.status() != Health.NONE.status()) {
            ObjectNode checks = node.putObject("Health");
            checks.put("Status", health.status().name().toLowerCase(java.util.Locale.ROOT)).put("FailingStreak", health.failingStreak());
            ArrayNode log = checks.putArray("Log");
            health.log().forEach(r -> log.addObject().put("Start", r.start().toString()).put("End", r.end().toString()).put("ExitCode", r.exitCode()).put("Output", r.output()));
        }
        return node;
    }

    private ObjectNode hostConfig() {
        Resources r = spec.resources();
        ContainerSpec.Security s = spec.security();
        ObjectNode node = JSON.createObjectNode();
        ArrayNode binds = node.putArray("Binds");
        spec.files().mounts().stream().filter(m -> m instanceof Mount.Bind).map(Mount.Bind.class::cast)
                .forEach(b -> binds.add(b.source() + ":" + b.target() + (b.readOnly() ? ":ro" : "")));
        node.set("LogConfig", map(spec.log().options(), "Type", spec.log().driver().isEmpty() ? "json-file" : spec.log().driver()));
        node.put("NetworkMode", spec.network().chosen().get(0).network()).put("AutoRemove", false).put("Privileged", s.privileged()).put("PublishAllPorts", spec.network().publishAll())
                .put("ReadonlyRootfs", spec.files().readOnly() != ReadOnly.NO).put("OomScoreAdj", spec.process().oomScoreAdj()).put("ShmSize", spec.files().shmSize())
                .put("IpcMode", s.namespaces().ipc().isEmpty() ? "private" : s.namespaces().ipc()).put("PidMode", s.namespaces().pid()).put("UTSMode", s.namespaces().uts())
                .put("CgroupnsMode", s.namespaces().cgroupHost() ? "host" : "private").put("Init", spec.process().init());
        node.set("CapAdd", strings(s.capAdd().stream().map(Object::toString).sorted().toList()));
        node.set("CapDrop", strings(s.capDrop().stream().map(Object::toString).sorted().toList()));
        node.set("Dns", strings(spec.identity().dns()));
        node.set("DnsOptions", strings(spec.identity().dnsOptions()));
        node.set("DnsSearch", strings(spec.identity().dnsSearch()));
        node.set("ExtraHosts", strings(spec.identity().extraHosts().entrySet().stream().map(e -> e.getKey() + ":" + e.getValue()).toList()));
        node.set("GroupAdd", strings(spec.process().groups()));
        node.set("SecurityOpt", strings(s.noNewPrivileges() ? List.of("no-new-privileges") : List.of()));
        node.set("Sysctls", map(s.sysctls()));
        node.set("Annotations", map(spec.annotations()));
        node.put("Memory", r.memory()).put("MemoryReservation", r.memoryReservation()).put("MemorySwap", r.memorySwap()).put("NanoCpus", r.nanoCpus()).put("CpuShares", r.cpuShares())
                .put("CpuPeriod", r.cpuPeriodMicros()).put("CpuQuota", r.cpuQuotaMicros()).put("CpuRealtimePeriod", r.realtimePeriodMicros())
                .put("CpuRealtimeRuntime", r.realtimeRuntimeMicros()).put("CpusetCpus", r.cpusetCpus()).put("CpusetMems", r.cpusetMems()).put("PidsLimit", r.pids())
                .put("BlkioWeight", r.blkioWeight()).put("OomKillDisable", r.oomKillDisable());
        return node;
    }

    private static ObjectNode map(Map<String, String> values) {
        ObjectNode node = JSON.createObjectNode();
        values.forEach(node::put);
        return node;
    }

    private static ObjectNode map(Map<String, String> config, String key, String value) {
        ObjectNode node = JSON.createObjectNode().put(key, value);
        node.set("Config", map(config));
        return node;
    }

    private ArrayNode mounts() {
        ArrayNode array = JSON.createArrayNode();
        for (Mount mount : spec.files().mounts()) {
            ObjectNode node = array.addObject();
            if (mount instanceof Mount.Bind bind) {
                node.put("Type", "bind").put("Source", bind.source().toString()).put("Destination", bind.target()).put("RW", !bind.readOnly());
            } else if (mount instanceof Mount.Volume volume) {
                node.put("Type", "volume").put("Name", volume.volume()).put("Destination", volume.target()).put("RW", !volume.readOnly());
            } else if (mount instanceof Mount.Image image) {
                node.put("Type", "image").put("Source", image.reference()).put("Destination", image.target()).put("RW", false);
            } else {
                node.put("Type", "tmpfs").put("Source", "").put("Destination", mount.target()).put("RW", true);
            }
        }
        return array;
    }

    private ObjectNode config(PlanInput.Process process, String image) {
        ObjectNode node = JSON.createObjectNode();
        node.put("Hostname", run.input().hostname()).put("Domainname", spec.identity().domainName()).put("User", spec.process().user() == null ? "" : spec.process().user())
                .put("Tty", spec.process().tty()).put("Image", spec.root() instanceof RootSource.Image i ? i.reference() : image).put("WorkingDir", process.workdir())
                .put("StopSignal", "SIG" + run.stopSignal().name()).put("StopTimeout", spec.life().stopTimeout().toSeconds());
        node.set("Env", strings(process.env()));
        node.set("Cmd", strings(process.argv()));
        node.set("Labels", map(spec.labels()));
        ObjectNode exposed = node.putObject("ExposedPorts");
        spec.network().exposed().forEach(exposed::putObject);
        run.chronicle().image().exposed().forEach(exposed::putObject);
        return node;
    }

    private static ObjectNode networks(Map<String, String> addresses, List<Port> ports) {
        ObjectNode node = JSON.createObjectNode();
        ObjectNode published = node.putObject("Ports");
        for (Port p : ports) {
            String key = p.containerPort() + "/" + p.protocol();
            ArrayNode bindings = published.has(key) ? (ArrayNode) published.get(key) : published.putArray(key);
            bindings.addObject().put("HostIp", p.hostAddress().isEmpty() ? "0.0.0.0" : p.hostAddress()).put("HostPort", Integer.toString(p.hostPort()));
        }
        ObjectNode networks = node.putObject("Networks");
        addresses.forEach((name, address) -> networks.putObject(name).put("IPAddress", address));
        return node;
    }
}
