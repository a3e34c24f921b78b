package dev.caisson;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What an engine is and runs on ({@code docker info}, {@code docker version}).
 *
 * @param version Caisson's; "" when it does not run from its jar
 * @param engineId of this engine
 * @param root where it keeps its state
 * @param rootless whether the JVM is an ordinary user
 * @param storageDriver its name
 * @param logDriver the default
 * @param containers how many there are, by state
 * @param images how many its root has
 * @param cgroupVersions {@code 1} and {@code 2} as far as they are used
 * @param kernel release
 * @param architecture as uname(2) says
 * @param java the JVM's version
 * @param cpus processors
 * @param memoryBytes of the host
 */
public record EngineInfo(String version, String engineId, Path root, boolean rootless, String storageDriver, String logDriver, Map<Container.State, Integer> containers,
        int images, List<String> cgroupVersions, String kernel, String architecture, String java, int cpus, long memoryBytes) {
    /** Map and list are copied. */
    public EngineInfo {
        containers = Map.copyOf(containers);
        cgroupVersions = List.copyOf(cgroupVersions);
    }
}
