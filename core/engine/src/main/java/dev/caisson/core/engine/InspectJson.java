package dev.caisson.core.engine;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.Container.State;
import dev.caisson.ContainerDetails;
import dev.caisson.ContainerSpec;
import dev.caisson.Egress;
import dev.caisson.EngineProblem;
import dev.caisson.ExitStatus;
import dev.caisson.Health;
import dev.caisson.HealthCheck;
import dev.caisson.Mount;
import dev.caisson.Network;
import dev.caisson.Port;
import dev.caisson.RootSource;
import dev.caisson.Stdin;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.spec.ImageDefaults;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/** A container in the shape of docker's GET /containers/ID/json (API 1.41). Which of its fields are there: docs/operations.md. */
final class InspectJson {
    /** Docker's for "never". */
    private static final String NEVER = "0001-01-01T00:00:00Z";

    private final RunContext run;
    private final int lastExitCode;
    private final ContainerSpec spec;
    private final PlanInput.Process process;
    private final ImageDefaults image;

    /** @param lastExitCode of its last end; 0 if it had none */
    InspectJson(RunContext run, int lastExitCode) {
        this.run = run;
        this.lastExitCode = lastExitCode;
        this.spec = run.spec();
        this.process = run.input().process();
        this.image = run.chronicle().image();
    }

    String text(ContainerDetails of) {
        ObjectNode json = Json.object();
        json.put("Id", of.id()).put("Created", of.created().toString()).put("Path", process.argv().get(0));
        json.set("Args", Json.strings(process.argv().subList(1, process.argv().size())));
        json.set("State", state(of));
        json.put("Image", of.image()).put("Name", "/" + of.name()).put("RestartCount", of.restarts()).put("Driver", of.driver()).put("Platform", "linux");
        paths(json);
        ContainerSpec.Labels labels = spec.security().labels();
        json.put("MountLabel", "").put("ProcessLabel", labels.selinux()).put("AppArmorProfile", labels.apparmor());
        json.putNull("ExecIDs");
        json.set("HostConfig", new HostConfigJson(spec, run.input()).build());
        json.putObject("GraphDriver").put("Name", of.driver()).putNull("Data");
        json.set("Mounts", mounts());
        json.set("Config", config(of.image()));
        json.set("NetworkSettings", networks(of));
        return Json.text(json);
    }

    private void paths(ObjectNode json) {
        Path state = run.files().statePath();
        boolean file = spec.log().driver().isEmpty() || spec.log().driver().equals("json-file");
        json.put("LogPath", file ? state.resolve("log").resolve(run.id() + "-json.log").toString() : "");
        json.put("ResolvConfPath", "").put("HostnamePath", "").put("HostsPath", "");
    }

    private static String time(Optional<Instant> when) {
        return when.map(Instant::toString).orElse(NEVER);
    }

    private ObjectNode state(ContainerDetails of) {
        State state = of.state();
        ObjectNode node = Json.object();
        node.put("Status", state.name().toLowerCase(Locale.ROOT)).put("Running", state == State.RUNNING || state == State.PAUSED || state == State.RESTARTING).put("Paused", state == State.PAUSED)
                .put("Restarting", state == State.RESTARTING).put("OOMKilled", of.exit().map(ExitStatus::oomKilled).orElse(false)).put("Dead", false).put("Pid", of.pid())
                .put("ExitCode", of.exit().map(ExitStatus::exitCode).orElse(state == State.RESTARTING ? lastExitCode : 0)).put("Error", "").put("StartedAt", time(of.started())).put("FinishedAt", time(of.finished()));
        Health health = of.health();
        if (health.status() != Health.NONE.status()) {
            ObjectNode checks = node.putObject("Health");
            checks.put("Status", health.status().name().toLowerCase(Locale.ROOT)).put("FailingStreak", health.failingStreak());
            ArrayNode log = checks.putArray("Log");
            health.log().forEach(r -> log.addObject().put("Start", r.start().toString()).put("End", r.end().toString()).put("ExitCode", r.exitCode()).put("Output", r.output()));
        }
        return node;
    }

    private ArrayNode mounts() {
        ArrayNode array = Json.array();
        for (Mount mount : spec.files().mounts()) {
            ObjectNode node = array.addObject();
            if (mount instanceof Mount.Bind bind) {
                node.put("Type", "bind").put("Source", bind.source().toString()).put("Destination", bind.target()).put("Mode", bind.readOnly() ? "ro" : "").put("RW", !bind.readOnly())
                        .put("Propagation", (bind.recursive() ? "r" : "") + bind.propagation().name().toLowerCase(Locale.ROOT));
            } else if (mount instanceof Mount.Volume volume) {
                node.put("Type", "volume").put("Name", volume.volume()).put("Source", source(volume)).put("Destination", volume.target()).put("Driver", "local")
                        .put("Mode", volume.readOnly() ? "ro" : "z").put("RW", !volume.readOnly()).put("Propagation", "");
            } else if (mount instanceof Mount.Image from) {
                node.put("Type", "image").put("Source", from.reference()).put("Destination", from.target()).put("Mode", "").put("RW", false).put("Propagation", "");
            } else {
                node.put("Type", "tmpfs").put("Source", "").put("Destination", mount.target()).put("Mode", "").put("RW", true).put("Propagation", "");
            }
        }
        return array;
    }

    private String source(Mount.Volume volume) {
        Path at = run.engine().root().resolve("volumes").resolve(volume.volume()).resolve("data");
        return at.toString();
    }

    private ObjectNode config(String id) {
        ContainerSpec.Process wanted = spec.process();
        ObjectNode node = Json.object();
        node.put("Hostname", run.input().hostname()).put("Domainname", spec.identity().domainName()).put("User", wanted.user() == null ? image.user() : wanted.user())
                .put("AttachStdin", false).put("AttachStdout", false).put("AttachStderr", false).put("Tty", wanted.tty()).put("OpenStdin", !(wanted.stdin() instanceof Stdin.None))
                .put("StdinOnce", wanted.stdin() instanceof Stdin.Bytes || wanted.stdin() instanceof Stdin.Stream)
                .put("Image", spec.root() instanceof RootSource.Image i ? i.reference() : id).put("WorkingDir", process.workdir())
                .put("StopSignal", "SIG" + run.stopSignal()).put("StopTimeout", spec.life().stopTimeout().toSeconds());
        node.set("Env", Json.strings(process.env()));
        List<String> entrypoint = wanted.entrypoint() != null ? wanted.entrypoint() : image.entrypoint();
        if (entrypoint.isEmpty()) {
            node.putNull("Entrypoint");
        } else {
            node.set("Entrypoint", Json.strings(entrypoint));
        }
        List<String> argv = process.argv();
        boolean begins = argv.size() >= entrypoint.size() && argv.subList(0, entrypoint.size()).equals(entrypoint);
        node.set("Cmd", Json.strings(begins ? argv.subList(entrypoint.size(), argv.size()) : argv));
        node.set("Labels", Json.map(spec.labels()));
        node.putNull("OnBuild");
        ObjectNode exposed = node.putObject("ExposedPorts");
        new TreeSet<>(spec.network().exposed()).forEach(exposed::putObject);
        image.exposed().forEach(exposed::putObject);
        spec.network().ports().forEach(p -> exposed.putObject(p.containerPort() + "/" + p.protocol()));
        ObjectNode volumes = node.putObject("Volumes");
        image.volumes().forEach(volumes::putObject);
        healthcheck(node);
        return node;
    }

    private void healthcheck(ObjectNode node) {
        HealthCheck check = spec.life().health();
        List<String> test = check.test().isEmpty() ? image.health().test() : check.test();
        if (!test.isEmpty()) {
            ObjectNode health = node.putObject("Healthcheck");
            health.set("Test", Json.strings(test));
            HealthCheck otherwise = image.health();
            health.put("Interval", first(check.interval(), otherwise.interval())).put("Timeout", first(check.timeout(), otherwise.timeout()))
                    .put("StartPeriod", first(check.startPeriod(), otherwise.startPeriod())).put("Retries", check.retries() > 0 ? check.retries() : otherwise.retries());
        }
    }

    /** Nanoseconds; what was not given is the image's. */
    private static long first(Duration given, Duration image) {
        return (given.isZero() ? image : given).toNanos();
    }

    private ObjectNode networks(ContainerDetails of) {
        ObjectNode node = Json.object();
        ObjectNode published = node.putObject("Ports");
        for (Port p : of.ports()) {
            Json.listed(published, p.containerPort() + "/" + p.protocol()).addObject().put("HostIp", p.hostAddress().isEmpty() ? "0.0.0.0" : p.hostAddress())
                    .put("HostPort", Integer.toString(p.hostPort()));
        }
        node.put("SandboxID", "").put("SandboxKey", of.pid() == 0 ? "" : "/proc/" + of.pid() + "/ns/net");
        ObjectNode networks = node.putObject("Networks");
        for (Connections.Connection connection : run.connections().list()) {
            ObjectNode one = networks.putObject(connection.network());
            endpoint(connection, one);
            one.put("NetworkID", connection.attachment().networkId());
            spec.network().chosen().stream().filter(e -> e.network().equals(connection.network())).findFirst().ifPresent(e -> one.set("Aliases", Json.strings(e.aliases())));
            if (networks.size() == 1) {
                endpoint(connection, node); // docker has the first one's here, too
            }
        }
        Egress egress = run.connections().egress(spec.network().egress());
        if (!egress.open()) {
            node.put("Egress", egress.toString()); // docker has none
        }
        return node;
    }

    private void endpoint(Connections.Connection connection, ObjectNode node) {
        List<String> addresses = connection.attachment().addresses();
        String four = addresses.stream().filter(a -> a.indexOf(':') < 0).findFirst().orElse("");
        String six = addresses.stream().filter(a -> a.indexOf(':') >= 0).findFirst().orElse("");
        Optional<Network> network = network(connection.network());
        node.put("Gateway", network.map(Network::gateway).orElseGet(() -> first(four))).put("IPv6Gateway", network.map(Network::gateway6).orElse("")).put("IPAddress", address(four)).put("IPPrefixLen", length(four))
                .put("GlobalIPv6Address", address(six)).put("GlobalIPv6PrefixLen", length(six));
    }

    private Optional<Network> network(String name) {
        try {
            return run.engine().networks().find(name);
        } catch (EngineProblem closed) {
            return Optional.empty();
        }
    }

    /** Of the implicit bridge, which is no network that was made: the first of its addresses, as {@link dev.caisson.NetworkBuilder#gateway} says. */
    private static String first(String four) {
        if (four.isEmpty()) {
            return "";
        }
        long bits = 0;
        for (String part : address(four).split("\\.")) {
            bits = bits << 8 | Integer.parseInt(part);
        }
        long gateway = (bits & -1L << 32 - length(four)) + 1;
        return (gateway >> 24 & 255) + "." + (gateway >> 16 & 255) + "." + (gateway >> 8 & 255) + "." + (gateway & 255);
    }

    private static String address(String withLength) {
        return withLength.replaceFirst("/.*", "");
    }

    private static int length(String withLength) {
        int slash = withLength.indexOf('/');
        return slash < 0 ? 0 : Integer.parseInt(withLength.substring(slash + 1));
    }
}
