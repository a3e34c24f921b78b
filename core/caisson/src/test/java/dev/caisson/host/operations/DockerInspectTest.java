package dev.caisson.host.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import dev.caisson.Capability;
import dev.caisson.Container;
import dev.caisson.RestartPolicy;
import dev.caisson.Rlimit;
import dev.caisson.host.EngineTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The JSON of inspect beside that of docker's own daemon, for a container made with the same options: the same fields of the same types, but for those that the table names. */
class DockerInspectTest extends EngineTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    /** Objects whose keys are the user's, or a driver's. */
    private static final Set<String> MAPS = Set.of("Config/Labels", "Config/Volumes", "Config/ExposedPorts", "HostConfig/PortBindings", "HostConfig/Tmpfs", "HostConfig/Sysctls", "HostConfig/LogConfig/Config",
            "NetworkSettings/Ports", "NetworkSettings/Networks", "GraphDriver/Data");

    private Process daemon;
    private Path home;

    @BeforeEach
    void docker() throws Exception {
        home = Files.createDirectories(directory.resolve("docker"));
        // It starts no container. In a mount namespace of its own, so that what it mounts goes with it.
        daemon = new ProcessBuilder("unshare", "--mount", "--propagation", "private", "dockerd", "--data-root", home + "/data", "--exec-root", home + "/exec", "--pidfile", home + "/pid",
                "--host", "unix://" + home + "/sock", "--storage-driver", "vfs", "--bridge", "none", "--iptables=false", "--ip-forward=false").redirectErrorStream(true)
                .redirectOutput(home.resolve("log").toFile()).start();
        eventually("the daemon is up", Duration.ofSeconds(60), () -> run("version").exit() == 0);
    }

    @AfterEach
    void stop() throws Exception {
        daemon.destroy(); // it ends its containerd, too
        assertTrue(daemon.waitFor(30, TimeUnit.SECONDS), "the daemon ends");
    }

    private record Ran(int exit, String output) {}

    private Ran run(String... arguments) {
        try {
            List<String> command = new ArrayList<>(List.of("docker", "--host", "unix://" + home + "/sock"));
            command.addAll(List.of(arguments));
            Process process = new ProcessBuilder(command).redirectError(home.resolve("errors").toFile()).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Ran(process.waitFor(), output);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private String did(String... arguments) throws IOException {
        Ran ran = run(arguments);
        assertEquals(0, ran.exit(), Files.readString(home.resolve("errors")));
        return ran.output();
    }

    /** What a table's line says of a field of docker's; "" for those that are here. */
    private static Map<String, String> table() throws IOException {
        try (var text = DockerInspectTest.class.getResourceAsStream("docker-inspect-fields.tsv")) {
            Map<String, String> fields = new TreeMap<>();
            new String(text.readAllBytes(), StandardCharsets.UTF_8).lines().map(l -> l.split("\t", -1)).forEach(c -> fields.put(c[0], c[1]));
            return fields;
        }
    }

    /** Paths and types; docker says null for what is empty, so null is any type. */
    private static void shape(String path, JsonNode node, Map<String, JsonNodeType> found) {
        if (!path.isEmpty()) {
            found.merge(path, node.getNodeType(), (a, b) -> a == JsonNodeType.NULL ? b : a);
        }
        String below = path.isEmpty() ? "" : path + "/";
        if (node.isObject()) {
            node.fields().forEachRemaining(f -> {
                if (!MAPS.contains(path)) {
                    shape(below + f.getKey(), f.getValue(), found);
                } else if (!path.equals("GraphDriver/Data")) {
                    shape(below + "*", f.getValue(), found);
                }
            });
        } else if (node.isArray()) {
            node.forEach(each -> shape(below + "[]", each, found));
        }
    }

    private static Map<String, JsonNodeType> shape(JsonNode node) {
        Map<String, JsonNodeType> found = new TreeMap<>();
        shape("", node, found);
        return found;
    }

    @Test
    void hasDockersFieldsWithDockersTypes() throws IOException {
        root.withShell();
        did("import", root.tar(directory.resolve("tiny.tar")).toString(), "tiny:1");
        did("create", "--name", "same", "--network", "none", "--expose", "9000", "--publish", "8080:80", "--env", "A=1", "--label", "tier=front", "--tmpfs", "/t:size=1m", "--volume", directory + ":/host:ro",
                "--volume", "data:/data", "--restart", "on-failure:3", "--memory", "64m", "--ulimit", "nofile=10:20", "--cap-add", "SYS_TIME", "--cap-drop", "NET_RAW", "--user", "7:8", "--workdir", "/tmp", "--add-host",
                "a:10.0.0.1", "--dns", "10.0.0.2", "--group-add", "9", "--health-cmd", "true", "--stop-signal", "INT", "--hostname", "web", "--sysctl", "net.ipv4.ip_forward=0", "--log-opt", "max-size=1m",
                "--entrypoint", "/bin/busybox", "tiny:1", "sleep", "60");
        JsonNode dockers = MAPPER.readTree(did("inspect", "same")).get(0);
        engine.volumes().create("data");
        int port = freePort();
        try (Container container = tiny().name("same").network("bridge").expose(9000).port(port, 80).env("A", "1").label("tier", "front").tmpfs("/t:size=1m").bindReadOnly(directory, "/host")
                .volume("data", "/data").restart(RestartPolicy.onFailure(3)).memory("64m").ulimit(Rlimit.NOFILE, 10, 20).capAdd(Capability.SYS_TIME).capDrop(Capability.NET_RAW).user("7:8").workdir("/tmp")
                .addHost("a", "10.0.0.1").dns("10.0.0.2").group("9").health(h -> h.shell("true")).stopSignal(dev.caisson.Signal.INT).hostname("web").sysctl("net.ipv4.ip_forward", "0")
                .logDriver("json-file", Map.of("max-size", "1m")).entrypoint("/bin/busybox").command("sleep", "60").create()) {
            Map<String, JsonNodeType> theirs = shape(dockers);
            Map<String, JsonNodeType> ours = shape(MAPPER.readTree(container.inspect().json()));
            Map<String, String> table = table();
            List<String> wrong = new ArrayList<>();
            theirs.forEach((path, type) -> {
                boolean leftOut = table.keySet().stream().anyMatch(field -> !table.get(field).isEmpty() && (path.equals(field) || path.startsWith(field + "/")));
                JsonNodeType own = ours.get(path);
                if (own == null && !leftOut && type != JsonNodeType.NULL) {
                    wrong.add(path + " " + type + " is missing");
                } else if (own != null && own != type && own != JsonNodeType.NULL && type != JsonNodeType.NULL) {
                    wrong.add(path + " is " + own + ", docker's is " + type);
                }
            });
            ours.keySet().stream().filter(path -> !theirs.containsKey(path) && !table.containsKey(path) && !path.contains("[]") && !path.contains("*")).forEach(path -> wrong.add(path + " is not docker's"));
            assertEquals(List.of(), wrong);
            assertTrue(theirs.size() > 120, "docker's are many: " + theirs.size());
        }
    }
}
