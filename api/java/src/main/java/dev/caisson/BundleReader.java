package dev.caisson;

import dev.caisson.OciSettings.Hook;
import dev.caisson.OciSettings.HookPoint;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An OCI bundle as a builder (OCI runtime specification 1.2): each property of its {@code config.json} either has its effect or is refused by its name. Properties the
 * specification does not know are ignored, as it demands (config.md, "Extensibility").
 */
final class BundleReader {
    private static final int MAX_FILE = 4 << 20;

    private final Path bundle;
    private final BundleObject config;
    private final ContainerBuilder builder;
    private final Map<String, Path> namespaces = new HashMap<>();

    private BundleReader(Path bundle, Map<?, ?> json, ContainerBuilder builder) {
        this.bundle = bundle;
        this.builder = builder;
        this.config = new BundleObject("", json, builder.problems);
    }

    /** @throws InvalidSpec if there is no bundle; what is wrong with its values, {@link ContainerBuilder#spec} says */
    static ContainerBuilder read(Engine engine, Path directory) {
        Path bundle = directory.toAbsolutePath().normalize();
        ContainerBuilder builder = new ContainerBuilder(engine, new RootSource.Directory(bundle, true));
        try (InputStream in = Files.newInputStream(bundle.resolve("config.json"))) {
            byte[] json = in.readNBytes(MAX_FILE + 1);
            if (json.length > MAX_FILE) {
                throw new InvalidSpec("bundle(" + directory + ")", "config.json is larger than " + MAX_FILE + " bytes", "");
            }
            if (!(JsonReader.read(json) instanceof Map<?, ?> object)) {
                throw new InvalidSpec("bundle(" + directory + ")", "config.json is no JSON object", "");
            }
            new BundleReader(bundle, object, builder).read();
            return builder;
        } catch (JsonReader.Malformed e) {
            throw new InvalidSpec("bundle(" + directory + ")", "config.json " + e.getMessage(), "");
        } catch (IOException e) {
            throw new InvalidSpec("bundle(" + directory + ")", "config.json cannot be read: " + e, "give the directory that holds config.json; runc spec and crun spec write one");
        }
    }

    private void read() {
        String version = config.text("ociVersion");
        if (!version.matches("1\\.\\d{1,4}\\..{1,64}|1\\.\\d{1,4}")) {
            config.wrong("ociVersion", "is '" + version + "', not 1.x", "");
        }
        for (String other : List.of("windows", "solaris", "vm", "zos")) {
            config.refuse(other, "this is Linux", "leave it out");
        }
        root();
        String hostname = config.text("hostname");
        if (!hostname.isEmpty()) {
            builder.hostname(hostname);
        }
        String domainname = config.text("domainname");
        if (!domainname.isEmpty()) {
            builder.domainName(domainname);
        }
        config.map("annotations").forEach(builder::annotation);
        BundleLinux linux = new BundleLinux(config, builder, namespaces, bundle.resolve("config.json"));
        linux.read();
        new BundleMounts(config, builder, bundle).read();
        OciSettings.Capabilities capabilities = config.has("process") ? new BundleProcess(config.object("process"), builder).read()
                : new OciSettings.Capabilities(Set.of(), Set.of(), Set.of(), Set.of(), Set.of());
        if (!config.has("process")) {
            config.wrong("process", "is missing: there is nothing to run", "");
        }
        Map<HookPoint, List<Hook>> hooks = hooks();
        boolean creating = List.of(HookPoint.PRESTART, HookPoint.CREATE_RUNTIME, HookPoint.CREATE_CONTAINER).stream().anyMatch(hooks::containsKey);
        if (creating && config.object("linux").objects("namespaces").stream().anyMatch(n -> n.text("type").equals("user"))) {
            config.wrong("hooks", "of prestart, createRuntime and createContainer are not supported with a user namespace, whose maps are written while the container waits", "leave one out");
        }
        builder.oci(new OciSettings(bundle, version, capabilities, linux.paths("maskedPaths"), linux.paths("readonlyPaths"), linux.devices(), namespaces, hooks, null, null, linux.cgroupsPath()));
    }

    private void root() {
        BundleObject root = config.object("root");
        String path = root.text("path");
        if (path.isEmpty()) {
            root.wrong("path", "is missing", "give the directory of the root file system");
        } else {
            builder.root(new RootSource.Directory(bundle.resolve(path).normalize(), true));
        }
        if (root.flag("readonly")) {
            builder.readOnly(ReadOnly.STRICT);
        }
    }

    private Map<HookPoint, List<Hook>> hooks() {
        BundleObject hooks = config.object("hooks");
        Map<HookPoint, List<Hook>> all = new EnumMap<>(HookPoint.class);
        for (HookPoint point : HookPoint.values()) {
            List<Hook> some = new ArrayList<>();
            hooks.objects(point.key()).forEach(h -> some.add(hook(h)));
            if (!some.isEmpty()) {
                all.put(point, some);
            }
        }
        return all;
    }

    private static Hook hook(BundleObject hook) {
        String path = hook.text("path");
        if (!path.startsWith("/")) {
            hook.wrong("path", "is '" + path + "', not absolute", "");
        }
        Long seconds = hook.number("timeout");
        if (seconds != null && (seconds < 1 || seconds > 1_000_000)) {
            hook.wrong("timeout", "is not between 1 and 1000000 seconds", "leave it out for none");
            seconds = null;
        }
        List<String> env = hook.texts("env");
        if (env.stream().anyMatch(line -> line.indexOf('=') < 1)) {
            hook.wrong("env", "has an element that is not KEY=VALUE", "");
        }
        return new Hook(path, hook.texts("args"), env, seconds == null ? null : Duration.ofSeconds(seconds));
    }
}
