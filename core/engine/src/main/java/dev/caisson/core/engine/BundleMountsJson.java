package dev.caisson.core.engine;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caisson.Mount;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.spec.Targets;
import dev.caisson.core.spec.TmpfsOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code mounts} of a bundle. */
final class BundleMountsJson {
    private final ArrayNode json;
    private final PlanInput in;

    BundleMountsJson(ArrayNode json, PlanInput in) {
        this.json = json;
        this.in = in;
    }

    /** What the engine mounts in every container, in its order, with its options. */
    void kernel() {
        mount("/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev"));
        mount("/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k"));
        mount("/dev/pts", "devpts", "devpts", List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"));
        if (in.spaces().shm()) {
            mount("/dev/shm", "tmpfs", "shm", List.of("nosuid", "noexec", "nodev", "mode=1777", "size=" + in.root().shmSize()));
        }
        mount("/dev/mqueue", "mqueue", "mqueue", List.of("nosuid", "noexec", "nodev"));
        mount("/sys", "sysfs", "sysfs", in.root().sysWritable() ? List.of("nosuid", "noexec", "nodev") : List.of("nosuid", "noexec", "nodev", "ro"));
        mount("/sys/fs/cgroup", "cgroup", "cgroup", List.of("nosuid", "noexec", "nodev", "relatime", "ro"));
    }

    void users(Mount mount) {
        String target = Targets.clean(mount.target());
        if (mount instanceof Mount.Tmpfs tmpfs) {
            List<String> options = new ArrayList<>(TmpfsOptions.options(tmpfs));
            long attributes = TmpfsOptions.attributes(tmpfs);
            String[] names = {"ro", "nosuid", "nodev", "noexec", "noatime", "strictatime"};
            for (int bit = 0; bit < names.length; bit++) {
                if ((attributes >>> bit & 1) != 0) {
                    options.add(names[bit]);
                }
            }
            mount(target, "tmpfs", "tmpfs", options);
        } else if (mount instanceof Mount.Bind bind) {
            List<String> options = new ArrayList<>(List.of(bind.recursive() ? "rbind" : "bind", "r" + bind.propagation().name().toLowerCase(Locale.ROOT)));
            if (bind.readOnly()) {
                options.add("ro");
            }
            bind.flags().stream().sorted().forEach(f -> options.add(f.name().toLowerCase(Locale.ROOT)));
            bind(target, bind.source().toString(), options);
        }
    }

    void bind(String target, String source, List<String> options) {
        mount(target, "bind", source, options);
    }

    private void mount(String target, String type, String source, List<String> options) {
        ObjectNode mount = json.addObject();
        mount.put("destination", target).put("type", type).put("source", source);
        options.forEach(mount.putArray("options")::add);
    }
}
