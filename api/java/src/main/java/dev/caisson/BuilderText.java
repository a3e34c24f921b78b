package dev.caisson;

import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A spec for logs and debuggers: its root, and what is otherwise than in a spec of which nothing was said. Each part of the spec shows up by itself, so that none is forgotten; its
 * value only where it cannot be a secret: of maps (environment, labels, options of drivers) there are only the keys, of what is read on standard input nothing.
 */
final class BuilderText {
    private final List<String> set = new ArrayList<>();

    private BuilderText() {}

    /**
     * @param presets what is not in the spec yet
     * @param untouched of the same root
     */
    static String of(ContainerSpec spec, List<String> presets, ContainerSpec untouched) {
        BuilderText text = new BuilderText();
        text.set.addAll(presets);
        text.compare(spec, untouched);
        return root(spec.root()) + (text.set.isEmpty() ? "" : ": " + String.join(", ", text.set));
    }

    private static String root(RootSource root) {
        if (root instanceof RootSource.Image image) {
            return "image " + image.reference() + (image.platform().isEmpty() ? "" : " for " + image.platform()) + (image.pull() == PullPolicy.MISSING ? "" : ", pull " + image.pull());
        }
        if (root instanceof RootSource.Directory directory) {
            return "rootfs " + directory.path() + (directory.writable() ? ", writable" : "");
        }
        return "hostRoot" + (root instanceof RootSource.HostRoot host && !host.hidden().isEmpty() ? ", hide " + host.hidden() : "");
    }

    private void compare(Record one, Record other) {
        for (RecordComponent component : one.getClass().getRecordComponents()) {
            Object value = get(component, one);
            Object before = get(component, other);
            if (value instanceof RootSource || Objects.equals(value, before)) {
                continue;
            }
            if (value instanceof Record part && before != null && part.getClass() == before.getClass()
                    && (part instanceof Resources || part.getClass().getEnclosingClass() == ContainerSpec.class)) {
                compare(part, (Record) before);
            } else {
                String shown = shown(value);
                set.add(component.getName() + (shown.isEmpty() ? "" : " " + shown));
            }
        }
    }

    private static @Nullable Object get(RecordComponent component, Record of) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(of);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(component + " can be read in its own package", e);
        }
    }

    /** What of a value may be shown; "" for nothing. */
    private static String shown(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return "[" + map.keySet().stream().map(String::valueOf).collect(Collectors.joining(", ")) + "]";
        }
        if (value instanceof Collection<?> all) {
            String list = all.stream().map(BuilderText::shown).filter(s -> !s.isEmpty()).collect(Collectors.joining(", "));
            return list.isEmpty() ? "" : "[" + list + "]";
        }
        if (value instanceof String || value instanceof Number || value instanceof Enum<?> || value instanceof Path || value instanceof Duration) {
            return value.toString();
        }
        if (value instanceof Mount mount) {
            return mount.target();
        }
        if (value instanceof Secret secret) {
            return secret.name();
        }
        if (value instanceof Device device) {
            return device.containerPath();
        }
        if (value instanceof Port port) {
            return (port.hostAddress().isEmpty() ? "" : port.hostAddress() + ":") + (port.hostPort() == 0 ? "" : port.hostPort() + ":") + port.containerPort() + "/" + port.protocol();
        }
        if (value instanceof OciSettings oci) {
            return oci.bundle() + (oci.startGate() == null ? "" : ", startGate") + (oci.consoleSocket() == null ? "" : ", consoleSocket");
        }
        return value instanceof ContainerSpec.Endpoint endpoint ? endpoint.network() : "";
    }
}
