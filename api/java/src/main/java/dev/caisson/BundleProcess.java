package dev.caisson;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** {@code process} of a bundle: what runs, as whom, with which powers. */
final class BundleProcess {
    private static final int UMASK = 022;
    /** 4294967295 means "none" to the kernel. */
    private static final long LAST_ID = 0xffff_fffeL;

    private final BundleObject process;
    private final ContainerBuilder builder;

    BundleProcess(BundleObject process, ContainerBuilder builder) {
        this.process = process;
        this.builder = builder;
    }

    OciSettings.Capabilities read() {
        List<String> args = process.texts("args");
        if (args.isEmpty()) {
            process.wrong("args", "is missing or empty: there is nothing to run", "");
        }
        builder.entrypoint().command(args.toArray(new String[0]));
        for (String line : process.texts("env")) {
            int equals = line.indexOf('=');
            if (equals < 1) {
                process.wrong("env", "has the element '" + line + "', which is not KEY=VALUE", "");
            } else {
                builder.env(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        String cwd = process.text("cwd");
        if (!cwd.startsWith("/")) {
            process.wrong("cwd", "is '" + cwd + "', not absolute", "");
        }
        builder.workdir(cwd.isEmpty() ? "/" : cwd);
        if (process.flag("terminal")) {
            builder.tty();
        }
        if (process.flag("noNewPrivileges")) {
            builder.noNewPrivileges();
        }
        builder.oomScoreAdj(process.number("oomScoreAdj", -1000, 1000, 0));
        user(process.object("user"));
        limits();
        refuse();
        return capabilities(process.object("capabilities"));
    }

    private void user(BundleObject user) {
        builder.user(id(user, "uid") + ":" + id(user, "gid"));
        int umask = user.number("umask", 0, 0777, UMASK);
        if (umask != UMASK) {
            user.wrong("umask", "is not supported: it is 18 (octal 022) here", "leave it out, and set it in the program");
        }
        user.numbers("additionalGids", LAST_ID).forEach(group -> builder.group(group.toString()));
    }

    private static long id(BundleObject user, String key) {
        Long id = user.number(key);
        if (id != null && (id < 0 || id > LAST_ID)) {
            user.wrong(key, "is not between 0 and 4294967294", "");
            return 0;
        }
        return id == null ? 0 : id;
    }

    private void limits() {
        Set<Rlimit> seen = EnumSet.noneOf(Rlimit.class);
        for (BundleObject each : process.objects("rlimits")) {
            String type = each.text("type");
            Rlimit limit = Stream.of(Rlimit.values()).filter(r -> type.equals("RLIMIT_" + r.name())).findFirst().orElse(null);
            if (limit == null) {
                each.wrong("type", "is '" + type + "', no resource of setrlimit(2)", "");
            } else if (!seen.add(limit)) {
                each.wrong("type", "is " + type + " a second time", "");
            } else {
                builder.ulimit(limit, each.unsigned("soft"), each.unsigned("hard"));
            }
        }
    }

    private void refuse() {
        process.refuse("consoleSize", "terminals begin with 80 columns and 24 rows", "leave it out, and resize the terminal");
        process.refuse("apparmorProfile", "no AppArmor profiles are applied", "leave it out; seccomp, capabilities and Landlock (sandbox()) confine too");
        process.refuse("selinuxLabel", "no SELinux labels are applied", "leave it out");
        process.refuse("scheduler", "scheduling policies are not set", "leave it out, and use chrt(1) in the container with SYS_NICE");
        process.refuse("ioPriority", "I/O priorities are not set", "leave it out; blkioWeight(…) is what limits have");
        process.refuse("execCPUAffinity", "executed processes run on the container's processors", "use linux.resources.cpu.cpus");
        process.refuse("commandLine", "it is of Windows containers", "use args");
    }

    /** Ambient ones the kernel takes only from the permitted and inheritable sets (capabilities(7)); others are left out, as runc does with a warning. */
    private static OciSettings.Capabilities capabilities(BundleObject sets) {
        Set<Capability> permitted = set(sets, "permitted");
        Set<Capability> effective = set(sets, "effective");
        Set<Capability> inheritable = set(sets, "inheritable");
        Set<Capability> bounding = set(sets, "bounding");
        if (!permitted.containsAll(effective)) {
            sets.wrong("effective", "has capabilities that are not in permitted", "");
        }
        if (!bounding.containsAll(permitted)) {
            sets.wrong("permitted", "has capabilities that are not in bounding", "");
        }
        if (!bounding.containsAll(inheritable)) {
            sets.wrong("inheritable", "has capabilities that are not in bounding", "");
        }
        Set<Capability> ambient = set(sets, "ambient");
        ambient.retainAll(permitted);
        ambient.retainAll(inheritable);
        return new OciSettings.Capabilities(bounding, effective, permitted, inheritable, ambient);
    }

    private static Set<Capability> set(BundleObject sets, String key) {
        EnumSet<Capability> set = EnumSet.noneOf(Capability.class);
        set.addAll(sets.each(key, name -> {
            Capability capability = Capability.of(name);
            if (capability == Capability.ALL) {
                throw new IllegalArgumentException("element ALL, which is no capability");
            }
            return capability;
        }));
        return set;
    }
}
