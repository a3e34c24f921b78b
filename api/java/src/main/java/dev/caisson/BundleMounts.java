package dev.caisson;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code mounts} of a bundle. The kernel's own file systems (/proc, /sys, /dev, …) are made by the engine in every container, with the options that {@code runc spec} writes;
 * a bundle must list them so, or it would get something else than it says.
 */
final class BundleMounts {
    /** Target to type and options, which may be left out but not be others. */
    private static final Map<String, KernelMount> KERNEL = new LinkedHashMap<>();

    private record KernelMount(String type, Set<String> options) {}

    static {
        KERNEL.put("/proc", new KernelMount("proc", Set.of("nosuid", "noexec", "nodev")));
        KERNEL.put("/dev", new KernelMount("tmpfs", Set.of("nosuid", "strictatime", "mode=755", "mode=0755", "size=65536k")));
        KERNEL.put("/dev/pts", new KernelMount("devpts", Set.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5")));
        KERNEL.put("/dev/shm", new KernelMount("tmpfs", Set.of("nosuid", "noexec", "nodev", "mode=1777")));
        KERNEL.put("/dev/mqueue", new KernelMount("mqueue", Set.of("nosuid", "noexec", "nodev")));
        KERNEL.put("/sys", new KernelMount("sysfs", Set.of("nosuid", "noexec", "nodev", "ro")));
        KERNEL.put("/sys/fs/cgroup", new KernelMount("cgroup", Set.of("nosuid", "noexec", "nodev", "relatime", "ro")));
    }

    private static final Set<String> NO_EFFECT = Set.of("rw", "relatime", "defaults", "async", "private", "rprivate");
    private static final Map<String, Mount.Propagation> PROPAGATION = Map.of("private", Mount.Propagation.PRIVATE, "rprivate", Mount.Propagation.PRIVATE, "slave",
            Mount.Propagation.SLAVE, "rslave", Mount.Propagation.SLAVE, "shared", Mount.Propagation.SHARED, "rshared", Mount.Propagation.SHARED);
    private static final Map<String, Mount.Flag> FLAGS = Map.of("nosuid", Mount.Flag.NOSUID, "nodev", Mount.Flag.NODEV, "noexec", Mount.Flag.NOEXEC);

    private final BundleObject config;
    private final ContainerBuilder builder;
    private final Path bundle;
    private final Set<String> found = new HashSet<>();

    BundleMounts(BundleObject config, ContainerBuilder builder, Path bundle) {
        this.config = config;
        this.builder = builder;
        this.bundle = bundle;
    }

    void read() {
        config.objects("mounts").forEach(this::mount);
        for (String target : KERNEL.keySet()) {
            if (!found.contains(target) && !target.equals("/dev/shm")) {
                config.wrong("mounts", "has no " + target + ", which every container here has", "list it, as runc spec does");
            }
        }
        if (!found.contains("/dev/shm")) {
            builder.ipcNone();
        }
    }

    private void mount(BundleObject mount) {
        String target = mount.text("destination");
        String type = mount.text("type");
        List<String> options = mount.texts("options");
        if (!target.startsWith("/")) {
            mount.wrong("destination", "is '" + target + "', not absolute", "");
            return;
        }
        mount.refuse("uidMappings", "mounts are not mapped one by one", "leave it out");
        mount.refuse("gidMappings", "mounts are not mapped one by one", "leave it out");
        KernelMount kernel = KERNEL.get(target);
        if (kernel != null && (type.equals(kernel.type()) || kernel.type().equals("cgroup") && type.equals("cgroup2"))) {
            found.add(target);
            kernel(mount, target, kernel, options);
        } else if (type.equals("bind") || type.equals("none") || type.isEmpty() || options.contains("bind") || options.contains("rbind")) {
            bind(mount, target, options);
        } else if (type.equals("tmpfs")) {
            tmpfs(mount, target, options);
        } else {
            mount.wrong("type", "is '" + type + "', which is not mounted at " + target, "bind a mount of it instead");
        }
    }

    private void kernel(BundleObject mount, String target, KernelMount kernel, List<String> options) {
        for (String option : options) {
            if (target.equals("/dev/shm") && option.startsWith("size=")) {
                builder.shm(option.substring("size=".length()));
            } else if (!kernel.options().contains(option) && !NO_EFFECT.contains(option) || option.equals("rw") && kernel.options().contains("ro")) {
                mount.wrong("options", "has " + option + ", which " + target + " cannot have here", "known: " + String.join(", ", kernel.options().stream().sorted().toList()));
            }
        }
        if (target.equals("/sys") && !options.contains("ro")) {
            mount.wrong("options", "lacks ro: /sys is read-only here", "add it");
        }
    }

    private void bind(BundleObject mount, String target, List<String> options) {
        String source = mount.text("source");
        if (source.isEmpty()) {
            mount.wrong("source", "is missing", "");
            return;
        }
        boolean readOnly = false;
        Mount.Propagation propagation = Mount.Propagation.PRIVATE;
        Set<Mount.Flag> flags = EnumSet.noneOf(Mount.Flag.class);
        for (String option : options) {
            if (option.equals("ro") || option.equals("rro")) {
                readOnly = true;
            } else if (PROPAGATION.containsKey(option)) {
                propagation = PROPAGATION.get(option);
            } else if (FLAGS.containsKey(option)) {
                flags.add(FLAGS.get(option));
            } else if (!NO_EFFECT.contains(option) && !option.equals("bind") && !option.equals("rbind")) {
                mount.wrong("options", "has " + option + ", which a bind cannot have here", "known: bind, rbind, ro, rro, rw, nosuid, nodev, noexec, [r]private, [r]slave, [r]shared");
            }
        }
        builder.mount(new Mount.Bind(bundle.resolve(source).normalize(), target, readOnly, propagation, !options.contains("bind") || options.contains("rbind"), flags));
    }

    /** The builder's own defaults are docker's; a bundle has none. */
    private void tmpfs(BundleObject mount, String target, List<String> options) {
        List<String> given = new ArrayList<>(options);
        given.removeAll(NO_EFFECT);
        for (String flag : List.of("suid", "dev", "exec")) {
            if (!given.contains("no" + flag) && !given.contains(flag)) {
                given.add(flag);
            }
        }
        if (target.indexOf(':') >= 0) {
            mount.wrong("destination", "is '" + target + "': a tmpfs cannot have a colon in its path here", "");
            return;
        }
        builder.tmpfs(target + ":" + String.join(",", given));
    }
}
