package dev.caisson;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code linux} of a bundle: namespaces, users, devices and what is hidden. */
final class BundleLinux {
    private static final Set<String> KINDS = Set.of("pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time");
    /** Namespaces of others that a container can be put into. */
    private static final Set<String> GIVEN = Set.of("network", "ipc", "uts", "pid", "cgroup", "time");

    private final BundleObject linux;
    private final ContainerBuilder builder;
    private final Map<String, Path> namespaces;
    private final Path file;

    BundleLinux(BundleObject config, ContainerBuilder builder, Map<String, Path> namespaces, Path file) {
        this.linux = config.object("linux");
        this.builder = builder;
        this.namespaces = namespaces;
        this.file = file;
        if (!config.has("linux")) {
            config.wrong("linux", "is missing: without namespaces it would be no container", "");
        }
    }

    void read() {
        Set<String> own = namespaces();
        users(own.contains("user"));
        others(own.contains("user"));
        clocks(own.contains("time") && !namespaces.containsKey("time"));
        linux.map("sysctl").forEach(builder::sysctl);
        new BundleResources(linux.object("resources"), builder).read();
        if (linux.has("seccomp")) {
            builder.seccomp(file); // its reader finds linux.seccomp in it
        } else {
            builder.seccompUnconfined();
        }
        CgroupsPath.check(linux);
        if (!cgroupsPath().isEmpty() && (!own.contains("pid") || namespaces.containsKey("pid"))) {
            linux.wrong("cgroupsPath", "needs a PID namespace of its own, by whose end all ends: other processes are killed by cgroups, and whoever does that names none outside the engine's",
                    "add {\"type\": \"pid\"} to namespaces, or leave it out");
        }
        linux.refuse("mountLabel", "no SELinux labels are applied", "leave it out");
        linux.refuse("intelRdt", "caches are not partitioned", "leave it out");
        linux.refuse("netDevices", "interfaces are not moved", "use network(…)");
        linux.refuse("memoryPolicy", "memory policies are not set", "use linux.resources.cpu.mems");
        String propagation = linux.text("rootfsPropagation");
        if (!propagation.isEmpty() && !propagation.equals("private") && !propagation.equals("rprivate")) {
            linux.wrong("rootfsPropagation", "is '" + propagation + "': the root file system is private here", "leave it out, and give the binds that need it a propagation");
        }
        if (linux.has("personality") && !linux.object("personality").text("domain").equals("LINUX")) {
            linux.object("personality").wrong("domain", "is not LINUX", "leave it out");
        }
    }

    /** {@return which kinds it has of its own; the builder is told of those that are the host's} */
    private Set<String> namespaces() {
        Set<String> own = new HashSet<>();
        for (BundleObject each : linux.objects("namespaces")) {
            String type = each.text("type");
            String path = each.text("path");
            if (!KINDS.contains(type)) {
                each.wrong("type", "is '" + type + "', no kind of namespace", "known: " + String.join(", ", KINDS.stream().sorted().toList()));
            } else if (!own.add(type)) {
                each.wrong("type", "is " + type + " a second time", "");
            } else if (!path.isEmpty() && !GIVEN.contains(type)) {
                each.wrong("path", "of a " + type + " namespace is not supported: " + (type.equals("user") ? "who its users are on the host has to be known before its files are" : "the root is made in a new one"),
                        type.equals("user") ? "leave it out, and give uidMappings and gidMappings" : "leave it out for a new one");
            } else if (!path.isEmpty()) {
                namespaces.put(type, Path.of(path));
            }
        }
        if (!own.contains("mount")) {
            linux.wrong("namespaces", "lacks mount: that of the host is never shared", "add {\"type\": \"mount\"}");
        }
        if (!own.contains("pid")) {
            builder.pidHost();
        }
        if (own.contains("network")) {
            builder.networkNone();
        } else {
            builder.networkHost();
        }
        if (!own.contains("ipc")) {
            builder.ipcHost();
        }
        if (!own.contains("uts")) {
            builder.utsHost();
        }
        if (!own.contains("cgroup")) {
            builder.cgroupHost();
        }
        return own;
    }

    /** Who has rights in a user namespace of his own has none to enter others. */
    private void others(boolean users) {
        for (String type : List.of("pid", "cgroup", "time")) {
            if (users && namespaces.containsKey(type)) {
                linux.wrong("namespaces", "has another's " + type + " by path, and a user namespace of its own, which has no rights there", "leave one of the two out");
            }
        }
    }

    private void users(boolean own) {
        List<UserNamespace.Range> users = ranges("uidMappings");
        List<UserNamespace.Range> groups = ranges("gidMappings");
        if (own && users.isEmpty() | groups.isEmpty()) {
            linux.wrong("uidMappings", "and gidMappings must map at least root, as there is a user namespace", "");
        } else if (!own && !(users.isEmpty() && groups.isEmpty())) {
            linux.wrong("uidMappings", "and gidMappings are for a user namespace", "add {\"type\": \"user\"} to namespaces");
        } else if (own) {
            try {
                builder.userns(UserNamespace.map(users, groups));
            } catch (InvalidSpec e) {
                linux.wrong("uidMappings", e.problems().get(0).why(), e.problems().get(0).remedy());
            }
        }
    }

    private List<UserNamespace.Range> ranges(String key) {
        List<UserNamespace.Range> ranges = new ArrayList<>();
        for (BundleObject each : linux.objects(key)) {
            Long inside = each.number("containerID");
            Long outside = each.number("hostID");
            Long size = each.number("size");
            try {
                ranges.add(new UserNamespace.Range(inside == null ? 0 : inside, outside == null ? 0 : outside, size == null ? 0 : size));
            } catch (InvalidSpec e) {
                each.wrong("size", e.problems().get(0).why(), "");
            }
        }
        return ranges;
    }

    private void clocks(boolean own) {
        BundleObject offsets = linux.object("timeOffsets");
        BundleObject monotonic = offsets.object("monotonic");
        BundleObject boot = offsets.object("boottime");
        Duration one = offset(monotonic);
        Duration other = offset(boot);
        if (linux.has("timeOffsets") && !own) {
            linux.wrong("timeOffsets", "is for a time namespace of its own", "add {\"type\": \"time\"} to namespaces");
        } else if (!one.equals(other)) {
            linux.wrong("timeOffsets", "differ: both clocks are shifted alike here", "give monotonic and boottime the same offset");
        } else if (own) {
            builder.bootTimeOffset(one);
        }
    }

    private static Duration offset(BundleObject clock) {
        Long seconds = clock.number("secs");
        return Duration.ofSeconds(seconds == null ? 0 : seconds, clock.number("nanosecs", 0, 999_999_999, 0));
    }

    /** "" for none, and for what is none. */
    String cgroupsPath() {
        String path = linux.text("cgroupsPath");
        return CgroupsPath.wrong(path).isEmpty() ? path : "";
    }

    List<String> paths(String key) {
        List<String> paths = linux.texts(key);
        if (paths.stream().anyMatch(p -> !p.startsWith("/") || p.matches("[/.]+"))) {
            linux.wrong(key, "has an element that is no absolute path below the root", "");
            return List.of();
        }
        return paths;
    }

    List<OciSettings.DeviceNode> devices() {
        List<OciSettings.DeviceNode> nodes = new ArrayList<>();
        for (BundleObject each : linux.objects("devices")) {
            String path = each.text("path");
            String type = each.text("type");
            if (!path.matches("/dev/[^/].*") || path.contains("/../") || path.endsWith("/..")) {
                each.wrong("path", "is '" + path + "', not below /dev", "");
            } else if (!Set.of("c", "u", "b", "p").contains(type)) {
                each.wrong("type", "is '" + type + "', not c, u, b or p", "");
            } else if (each.number("uid", 0, Integer.MAX_VALUE, 0) != 0 || each.number("gid", 0, Integer.MAX_VALUE, 0) != 0) {
                each.wrong("uid", "and gid of a device are root's here", "leave them out, and give it a fileMode");
            } else if (linux.objects("uidMappings").isEmpty()) {
                nodes.add(new OciSettings.DeviceNode(path, type.equals("u") ? 'c' : type.charAt(0), each.number("major", 0, 0xfffff, 0), each.number("minor", 0, 0xfffff, 0),
                        each.number("fileMode", 0, 0777, 0666)));
            } else {
                each.wrong("path", "cannot be made in a user namespace", "bind the host's");
            }
        }
        return nodes;
    }
}
