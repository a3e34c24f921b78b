package dev.caisson.host.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.RestartPolicy;
import dev.caisson.Rlimit;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * The JSON of inspect beside docker's (API 1.41, docker 20.10): every field of docker's is there, or the table says why not, and none is there that docker does not know. What
 * reads docker's reads this.
 */
class InspectShapeTest extends EngineTest {
    private static Map<String, String> dockers() throws IOException {
        try (var text = InspectShapeTest.class.getResourceAsStream("docker-inspect-fields.tsv")) {
            Map<String, String> fields = new TreeMap<>();
            new String(text.readAllBytes(), StandardCharsets.UTF_8).lines().map(l -> l.split("\t", -1)).forEach(c -> fields.put(c[0], c[1]));
            return fields;
        }
    }

    /** Paths of objects of a fixed shape; what stands below others is named by the user. */
    private static void fields(String path, JsonNode node, Set<String> found) {
        for (var each = node.fields(); each.hasNext();) {
            var field = each.next();
            String name = path + field.getKey();
            found.add(name);
            JsonNode value = field.getValue();
            if (Set.of("State", "Config", "HostConfig", "NetworkSettings", "State/Health", "Config/Healthcheck", "HostConfig/LogConfig", "HostConfig/RestartPolicy", "GraphDriver").contains(name)) {
                fields(name + "/", value, found);
            } else if (name.equals("Mounts")) {
                value.forEach(m -> fields(name + "/", m, found));
            } else if (name.equals("NetworkSettings/Networks")) {
                value.forEach(n -> fields(name + "/*/", n, found));
            }
        }
    }

    @Test
    void everyFieldOfDockersOrTheReason() throws IOException {
        root.withShell();
        engine.volumes().create("data");
        try (Container container = tiny().name("all").network("bridge", n -> n.alias("db")).port(80).volume("data", "/data").bindReadOnly(directory, "/host").tmpfs("/t:size=1m")
                .health(h -> h.shell("true").interval(Duration.ofMillis(50))).command(observer("sleep", "60")).run()) {
            eventually("it is looked at", Duration.ofSeconds(30), () -> !container.health().log().isEmpty());
            Set<String> found = new TreeSet<>();
            fields("", new ObjectMapper().readTree(container.inspect().json()), found);
            Map<String, String> dockers = dockers();
            List<String> missing = new ArrayList<>();
            dockers.forEach((field, reason) -> {
                if (reason.isEmpty() != found.contains(field)) {
                    missing.add(field + (reason.isEmpty() ? " is missing" : " is there, and the table says: " + reason));
                }
            });
            assertEquals(List.of(), missing);
            found.removeAll(dockers.keySet());
            assertEquals(Set.of(), found, "docker has no such");
        }
    }

    /** As docker 20.10: what is about to be started again counts as running. */
    @Test
    void betweenTwoRuns() throws IOException {
        root.withShell();
        try (Container container = tiny().command("/bin/sh", "-c", "exit 4").restart(RestartPolicy.always()).run()) {
            eventually("it waits for its next start", Duration.ofSeconds(30), () -> container.state() == Container.State.RESTARTING && container.restartCount() > 3);
            JsonNode state = new ObjectMapper().readTree(container.inspect().json()).get("State");
            assertEquals("restarting true false true 0 4", String.join(" ", state.get("Status").asText(), state.get("Running").asText(), state.get("Paused").asText(),
                    state.get("Restarting").asText(), state.get("Pid").asText(), state.get("ExitCode").asText()));
        }
    }

    /** As docker puts them together: what was not given is the image's. */
    @Test
    void theHealthCheckIsWhatIsChecked() throws IOException {
        root.withShell();
        engine.images().importRootfs(root.tar(directory.resolve("root.tar")), "checked:1", "HEALTHCHECK --interval=7s --retries=9 CMD true");
        try (Container container = engine.image("checked:1").health(h -> h.timeout(Duration.ofSeconds(3)).interval(Duration.ofSeconds(8))).command("/bin/sh", "-c", "exec sleep 60").run()) {
            JsonNode check = new ObjectMapper().readTree(container.inspect().json()).at("/Config/Healthcheck");
            assertEquals("{\"Test\":[\"CMD-SHELL\",\"true\"],\"Interval\":8000000000,\"Timeout\":3000000000,\"StartPeriod\":0,\"Retries\":9}", check.toString());
        }
        try (Container container = engine.image("checked:1").health(h -> h.shell("exit 0")).command("/bin/sh", "-c", "exec sleep 60").run()) {
            JsonNode check = new ObjectMapper().readTree(container.inspect().json()).at("/Config/Healthcheck");
            assertEquals("{\"Test\":[\"CMD-SHELL\",\"exit 0\"],\"Interval\":7000000000,\"Timeout\":0,\"StartPeriod\":0,\"Retries\":9}", check.toString());
        }
    }

    @Test
    void whatWasAskedForIsThere() throws IOException {
        root.withShell();
        int port = freePort();
        try (Container container = tiny().network("bridge", n -> n.alias("db")).port(port, 80).bindReadOnly(directory, "/host").tmpfs("/t:size=1m,noexec").interactive().user("7:8")
                .restart(RestartPolicy.onFailure(3)).ulimit(Rlimit.NOFILE, 10, 20).capAdd(Capability.SYS_TIME).memory("64m").memorySwappiness(10).addHost("a", "10.0.0.1")
                .entrypoint("/bin/busybox", "sleep").command("60").expose(9000).workdir("/tmp").noNewPrivileges().seccompUnconfined().apparmor("unconfined").run()) {
            JsonNode json = new ObjectMapper().readTree(container.inspect().json());
            assertEquals("[\"/bin/busybox\",\"sleep\"]", json.at("/Config/Entrypoint").toString());
            assertEquals("[\"60\"]", json.at("/Config/Cmd").toString());
            assertEquals("/bin/busybox", json.get("Path").asText());
            assertEquals("[\"sleep\",\"60\"]", json.get("Args").toString());
            assertTrue(json.at("/Config/OpenStdin").asBoolean());
            assertEquals("7:8", json.at("/Config/User").asText());
            assertTrue(json.at("/Config/ExposedPorts").has("80/tcp") && json.at("/Config/ExposedPorts").has("9000/tcp"), json.at("/Config/ExposedPorts")::toString);
            assertEquals("" + port, json.at("/HostConfig/PortBindings/80~1tcp/0/HostPort").asText());
            assertEquals("on-failure", json.at("/HostConfig/RestartPolicy/Name").asText());
            assertEquals(3, json.at("/HostConfig/RestartPolicy/MaximumRetryCount").asInt());
            assertEquals("noexec,size=1m", json.at("/HostConfig/Tmpfs/~1t").asText());
            assertEquals("{\"Name\":\"nofile\",\"Soft\":10,\"Hard\":20}", json.at("/HostConfig/Ulimits/0").toString());
            assertEquals(10, json.at("/HostConfig/MemorySwappiness").asInt());
            assertTrue(json.at("/HostConfig/MaskedPaths").toString().contains("\"/proc/"), json.at("/HostConfig/MaskedPaths")::toString);
            assertEquals("[\"no-new-privileges\",\"seccomp=unconfined\",\"apparmor=unconfined\"]", json.at("/HostConfig/SecurityOpt").toString());
            assertEquals("unconfined", json.at("/AppArmorProfile").asText());
            assertEquals("bind", json.at("/Mounts/0/Type").asText());
            assertEquals("rprivate", json.at("/Mounts/0/Propagation").asText());
            assertEquals(container.ipAddress(), json.at("/NetworkSettings/IPAddress").asText());
            assertTrue(json.at("/NetworkSettings/Networks/bridge/IPPrefixLen").asInt() > 0);
            String route = container.exec("ip", "route").run().stdout();
            assertTrue(route.contains("default via " + json.at("/NetworkSettings/Networks/bridge/Gateway").asText() + " "), route);
            assertEquals("[\"db\"]", json.at("/NetworkSettings/Networks/bridge/Aliases").toString());
            assertTrue(java.nio.file.Files.exists(java.nio.file.Path.of(json.get("LogPath").asText())), json.get("LogPath")::asText);
        }
    }
}
