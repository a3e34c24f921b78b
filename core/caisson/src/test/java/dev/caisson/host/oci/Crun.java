package dev.caisson.host.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.testkit.PureV1;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The runtime crun of Debian. Without cgroups, and on a host that has both versions mounted it is shown none of the second's controllers: it refuses to run there. */
final class Crun {
    private static final Path CONTROLLERS = Path.of("/sys/fs/cgroup/unified/cgroup.controllers");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path state;

    Crun(Path state) {
        this.state = state;
    }

    /** What {@code crun spec} writes. */
    ObjectNode spec(Path bundle) {
        bundle.resolve("config.json").toFile().delete();
        call(bundle, "spec");
        return read(bundle);
    }

    static ObjectNode read(Path bundle) {
        try {
            JsonNode json = MAPPER.readTree(bundle.resolve("config.json").toFile());
            return (ObjectNode) json;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void write(Path bundle, ObjectNode config) {
        try {
            Files.write(bundle.resolve("config.json"), MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(config));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a bundle to its end and gives what it printed. */
    String run(Path bundle, String id) {
        return call(bundle, "--cgroup-manager=disabled", "--root", state.toString(), "run", id);
    }

    /** The same with cgroups. @param place a directory that may be made */
    String runWithCgroups(Path bundle, String id, Path place) throws IOException {
        return call(bundle, PureV1.wrapper(place), "--cgroup-manager=cgroupfs", "--root", state.toString(), "run", id);
    }

    private static String call(Path bundle, String... arguments) {
        return call(bundle, Files.exists(CONTROLLERS)
                ? List.of("unshare", "--mount", "--propagation", "private", "sh", "-c", "mount --bind /dev/null " + CONTROLLERS + " && exec \"$@\"", "sh") : List.of(), arguments);
    }

    private static String call(Path bundle, List<String> before, String... arguments) {
        List<String> command = new ArrayList<>(before);
        command.add("crun");
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command).directory(bundle.toFile()).redirectErrorStream(true).redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), output);
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
