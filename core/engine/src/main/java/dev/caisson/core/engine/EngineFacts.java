package dev.caisson.core.engine;

import dev.caisson.Container.State;
import dev.caisson.EngineInfo;
import dev.caisson.core.cgroup.Counters;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** {@code docker info}. */
final class EngineFacts {
    /** Of a resource: what a manifest says is not known of a named module. */
    private static final String VERSION = version();

    private EngineFacts() {}

    static EngineInfo of(LocalEngine engine) {
        Map<State, Integer> containers = new EnumMap<>(State.class);
        engine.table().all().forEach(c -> containers.merge(c.state(), 1, Integer::sum));
        return new EngineInfo(VERSION, engine.home().id(), engine.root(),
                engine.powers().rootless(), engine.drivers().storage().name(), "json-file", containers, engine.images().list().size(), engine.groups().versions(),
                read("/proc/sys/kernel/osrelease").strip(), System.getProperty("os.arch"), System.getProperty("java.version"), Runtime.getRuntime().availableProcessors(),
                Counters.memoryTotal(read("/proc/meminfo")));
    }

    private static String version() {
        try (InputStream file = Objects.requireNonNull(EngineFacts.class.getResourceAsStream("version.txt"))) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    /** {@code 1}, {@code 2}, or both. */
    static List<String> versions(boolean v1, boolean v2) {
        return v1 && v2 ? List.of("1", "2") : v1 ? List.of("1") : v2 ? List.of("2") : List.of();
    }
}
