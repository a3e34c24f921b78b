package dev.caisson;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an OCI bundle says that no builder method says (OCI runtime specification 1.2, config.md and config-linux.md). Such a container gets exactly what its bundle lists: its
 * environment (and a HOME, if there is none, as runc has it), its capabilities, its masks; and no {@code /etc} files of the engine's.
 *
 * @param bundle the bundle's directory, as hooks are told
 * @param version the {@code ociVersion} that hooks are told
 * @param capabilities the five sets
 * @param masked {@code linux.maskedPaths}
 * @param readOnly {@code linux.readonlyPaths}
 * @param devices {@code linux.devices}: nodes that need not be there on the host
 * @param namespaces namespaces that are somebody else's: {@code network}, {@code ipc}, {@code uts}, {@code cgroup}, {@code time}, {@code pid} (of a container of the same engine) to the file that
 *         names them
 * @param hooks programs of the caller's, in order
 * @param startGate a FIFO; the program begins when a byte is written to it; null to begin at once
 * @param consoleSocket a socket that gets the master of its terminal; null for the engine
 * @param cgroupsPath where its cgroups are: absolute below the mount of each hierarchy, relative below the parent of the engine's; "" for a place of the engine's own
 */
public record OciSettings(Path bundle, String version, Capabilities capabilities, List<String> masked, List<String> readOnly, List<DeviceNode> devices,
        Map<String, Path> namespaces, Map<HookPoint, List<Hook>> hooks, @Nullable Path startGate, @Nullable Path consoleSocket,
        @Nullable String cgroupsPath) {
    /** Lists and maps are copied. */
    public OciSettings {
        cgroupsPath = cgroupsPath == null ? "" : cgroupsPath; // as written down by an engine that knew of none
        masked = List.copyOf(masked);
        readOnly = List.copyOf(readOnly);
        devices = List.copyOf(devices);
        namespaces = Map.copyOf(namespaces);
        hooks = Map.copyOf(hooks);
    }

    /**
     * With the cgroups at a place of the engine's own.
     *
     * @param bundle the bundle's directory
     * @param version the {@code ociVersion} that hooks are told
     * @param capabilities the five sets
     * @param masked {@code linux.maskedPaths}
     * @param readOnly {@code linux.readonlyPaths}
     * @param devices {@code linux.devices}
     * @param namespaces those that are somebody else's, by type
     * @param hooks programs of the caller's
     * @param startGate a FIFO; null to begin at once
     * @param consoleSocket null for the engine
     */
    public OciSettings(Path bundle, String version, Capabilities capabilities, List<String> masked, List<String> readOnly, List<DeviceNode> devices, Map<String, Path> namespaces,
            Map<HookPoint, List<Hook>> hooks, @Nullable Path startGate, @Nullable Path consoleSocket) {
        this(bundle, version, capabilities, masked, readOnly, devices, namespaces, hooks, startGate, consoleSocket, "");
    }

    /** {@return where its cgroups are; "" for a place of the engine's own} */
    @Override
    public String cgroupsPath() {
        return Objects.requireNonNullElse(cgroupsPath, "");
    }

    /** The same with a gate. */
    OciSettings gated(Path fifo) {
        return new OciSettings(bundle, version, capabilities, masked, readOnly, devices, namespaces, hooks, fifo, consoleSocket, cgroupsPath);
    }

    /** The same with a console socket. */
    OciSettings console(Path socket) {
        return new OciSettings(bundle, version, capabilities, masked, readOnly, devices, namespaces, hooks, startGate, socket, cgroupsPath);
    }

    /**
     * {@return the hooks of one point, in order; empty if it has none}
     *
     * @param point in the life of the container
     */
    public List<Hook> hooks(HookPoint point) {
        return hooks.getOrDefault(point, List.of());
    }

    /**
     * The five sets of capabilities(7), of a container's process.
     *
     * @param bounding what no process may go beyond
     * @param effective what counts for its calls
     * @param permitted what may become effective
     * @param inheritable what programs with inheritable file capabilities keep
     * @param ambient what programs without file capabilities keep
     */
    public record Capabilities(Set<Capability> bounding, Set<Capability> effective, Set<Capability> permitted, Set<Capability> inheritable, Set<Capability> ambient) {
        /** The sets are copied. */
        public Capabilities {
            bounding = Set.copyOf(bounding);
            effective = Set.copyOf(effective);
            permitted = Set.copyOf(permitted);
            inheritable = Set.copyOf(inheritable);
            ambient = Set.copyOf(ambient);
        }
    }

    /**
     * A device node.
     *
     * @param path below {@code /dev}, in the container
     * @param type {@code c}, {@code b}, or {@code p} for a FIFO
     * @param major its number, as of mknod(2); of a FIFO unused
     * @param minor likewise
     * @param mode permission bits
     */
    public record DeviceNode(String path, char type, int major, int minor, int mode) {}

    /** When a hook runs (runtime.md, "Lifecycle"). */
    public enum HookPoint {
        /** When the namespaces are there, before the root is changed; on the host. Deprecated by the specification, in favour of the next. */
        PRESTART("prestart", true, "creating"),
        /** The same, after those. */
        CREATE_RUNTIME("createRuntime", true, "creating"),
        /** The same, in the container's network, IPC and UTS namespaces, with the host's files. */
        CREATE_CONTAINER("createContainer", true, "creating"),
        /** In the container, as its user, right before the program; its output is the container's. */
        START_CONTAINER("startContainer", false, "created"),
        /** When the program runs; on the host. */
        POSTSTART("poststart", true, "running"),
        /** When the container has been removed; on the host. Failures are only logged. */
        POSTSTOP("poststop", true, "stopped");

        private final String key;
        private final boolean outside;
        private final String status;

        HookPoint(String key, boolean outside, String status) {
            this.key = key;
            this.outside = outside;
            this.status = status;
        }

        /** {@return its name in {@code config.json}} */
        public String key() {
            return key;
        }

        /** {@return whether its program is the host's} */
        public boolean outside() {
            return outside;
        }

        /** {@return the {@code status} it is told} */
        public String status() {
            return status;
        }
    }

    /**
     * A program that is run at a point of a container's life, with the container's state as JSON on its standard input.
     *
     * @param path absolute
     * @param args with the program's name; empty for the path alone
     * @param env all of its environment, {@code KEY=VALUE}; nothing of the JVM's, the image's or the container's
     * @param timeout after which it is killed and has failed; null for none
     */
    public record Hook(String path, List<String> args, List<String> env, @Nullable Duration timeout) {
        /** The lists are copied. */
        public Hook {
            args = List.copyOf(args);
            env = List.copyOf(env);
        }

        /** {@return what it is called with} */
        public List<String> argv() {
            return args.isEmpty() ? List.of(path) : args;
        }
    }
}
