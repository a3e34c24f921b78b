package dev.caisson.core.image;

import dev.caisson.core.image.ImageConfig.Healthcheck;
import dev.caisson.core.image.ImageConfig.Settings;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Settings of an image while they are changed; begins with those of the image it is built on. */
final class SettingsDraft {
    private String user;
    /** Whole {@code KEY=value}, by key. */
    private final Map<String, String> env = new LinkedHashMap<>();
    private @Nullable List<String> entrypoint;
    private @Nullable List<String> cmd;
    private boolean cmdIsNew;
    private String workingDir;
    private final Set<String> ports;
    private final Set<String> volumes;
    private final Map<String, String> labels;
    private String stopSignal;
    private @Nullable Healthcheck healthcheck;
    private final @Nullable List<String> shell;
    private final List<String> onBuild = new ArrayList<>();

    /** On-build instructions are for images built on this one, so they are not taken over. */
    SettingsDraft(Settings base) {
        user = base.user();
        base.env().forEach(e -> env.put(e.split("=", 2)[0], e));
        entrypoint = base.entrypoint();
        cmd = base.cmd();
        workingDir = base.workingDir();
        ports = new LinkedHashSet<>(base.exposedPorts());
        volumes = new LinkedHashSet<>(base.volumes());
        labels = new LinkedHashMap<>(base.labels());
        stopSignal = base.stopSignal();
        healthcheck = base.healthcheck();
        shell = base.shell();
    }

    Settings settings() {
        return new Settings(user, List.copyOf(env.values()), entrypoint, cmd, workingDir, List.copyOf(ports), List.copyOf(volumes), labels, stopSignal,
                healthcheck, shell, onBuild);
    }

    void user(String name) {
        user = name;
    }

    void env(String key, String value) {
        env.put(key, key + "=" + value);
    }

    /** A command of the base image, meant for another entry point, goes, as by a Dockerfile's ENTRYPOINT. */
    void entrypoint(List<String> words) {
        entrypoint = words;
        cmd = cmdIsNew ? cmd : null;
    }

    void cmd(List<String> words) {
        cmd = words;
        cmdIsNew = true;
    }

    /** A relative one continues the one before. */
    void workdir(String path) {
        String joined = path.startsWith("/") ? path : workingDir + "/" + path;
        Deque<String> parts = new ArrayDeque<>();
        for (String part : joined.split("/")) {
            if (part.equals("..")) {
                parts.pollLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        workingDir = "/" + String.join("/", parts);
    }

    void ports(List<String> more) {
        ports.addAll(more);
    }

    void volumes(List<String> more) {
        volumes.addAll(more);
    }

    void label(String key, String value) {
        labels.put(key, value);
    }

    void stopSignal(String signal) {
        stopSignal = signal;
    }

    void healthcheck(Healthcheck check) {
        healthcheck = check;
    }

    void onBuild(String instruction) {
        onBuild.add(instruction);
    }
}
