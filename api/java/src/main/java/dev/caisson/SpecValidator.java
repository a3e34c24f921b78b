package dev.caisson;

import dev.caisson.spi.Sizes;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Collects everything that is wrong with a builder's values without asking the host. */
final class SpecValidator {
    /** What containers, networks and their aliases are called. */
    static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}");
    private static final Pattern PLATFORM = Pattern.compile("[a-z0-9][a-z0-9._-]{0,31}(/[a-z0-9][a-z0-9._-]{0,31}){1,2}");
    private static final Pattern NUMBER_LIST = Pattern.compile("\\d{1,5}(-\\d{1,5})?(,\\d{1,5}(-\\d{1,5})?)*");
    private static final Pattern SYSCTL = Pattern.compile("[a-z0-9_-]+([./][a-zA-Z0-9_:-]+)+");
    /** A label in /proc/PID/attr ends with its line; ours goes there behind a word (apparmor_setprocattr). */
    private static final Pattern PROFILE = Pattern.compile("[\\p{Graph}&&[\\p{ASCII}]]([\\p{Print}&&[\\p{ASCII}]]{0,253}[\\p{Graph}&&[\\p{ASCII}]])?");
    private static final Pattern SELINUX = Pattern.compile("[a-zA-Z0-9_.-]{1,64}:[a-zA-Z0-9_.-]{1,64}:[a-zA-Z0-9_.-]{1,64}(:[a-zA-Z0-9_.,:-]{1,512})?");

    /** Found while the builder was filled; {@link #checked} adds what only the whole shows. */
    private final Set<InvalidSpec.Problem> found = new LinkedHashSet<>();

    void add(String field, String why, String remedy) {
        found.add(new InvalidSpec.Problem(field, why, remedy));
    }

    void require(boolean ok, String field, String why, String remedy) {
        if (!ok) {
            add(field, why, remedy);
        }
    }

    long size(String method, String text) {
        forget(method);
        String field = method + "(\"" + text + "\")";
        try {
            long bytes = Sizes.parse(text);
            if (bytes > 0) {
                return bytes;
            }
            add(field, "is not positive", "");
        } catch (IllegalArgumentException e) {
            add(field, String.valueOf(e.getMessage()), "");
        }
        return 1L << 30; // a stand-in, so that no further problem is reported for this one
    }

    String list(String method, String text) {
        forget(method);
        if (!NUMBER_LIST.matcher(text).matches()) {
            add(method + "(\"" + text + "\")", "is not a list such as 0-3,5", "");
        }
        return text;
    }

    /** A method is called again: what was wrong with its last call is mended. */
    void forget(String method) {
        found.removeIf(p -> p.field().startsWith(method + "("));
    }

    /**
     * Checks a spec as a whole. What is found here is forgotten again, so that a builder can be mended and asked again.
     *
     * @param spec what was said
     * @param preset what that comes to; of this the limits are checked, the rest is as good as what was said
     * @throws InvalidSpec listing everything
     */
    ContainerSpec checked(ContainerSpec spec, UnaryOperator<ContainerSpec> preset) {
        Set<InvalidSpec.Problem> early = found.isEmpty() ? Set.of() : new LinkedHashSet<>(found);
        try {
            names(spec);
            process(spec.process());
            FileRules.check(spec.files(), this);
            if (spec.security() != Unsaid.SECURITY) {
                security(spec);
                users(spec);
            }
            if (spec.life() != Unsaid.LIFE) {
                life(spec.life());
            }
            if (spec.life().restart().when() != RestartPolicy.When.NO && spec.process().stdin() instanceof Stdin.Stream) {
                add("restart(" + spec.life().restart() + ")", "and stdin(InputStream) exclude each other: a stream is read once", "give stdin(byte[])");
            }
            ContainerSpec whole = preset.apply(spec);
            if (whole.resources() != Resources.NONE) {
                resources(whole.resources());
            }
            throwIfAny();
            return whole;
        } finally {
            found.retainAll(early);
        }
    }

    /** @throws InvalidSpec listing everything that was found */
    void throwIfAny() {
        if (!found.isEmpty()) {
            throw new InvalidSpec(List.copyOf(found));
        }
    }

    /** What is wrong with a process to be executed inside. */
    static void check(ExecBuilder.ExecSpec exec) {
        SpecValidator problems = new SpecValidator();
        exec.command().forEach(w -> problems.noNul("exec", w));
        problems.require(!exec.command().isEmpty() && !exec.command().get(0).isEmpty(), "exec(…)", "names no program",
                "give a command, such as exec(\"ls\", \"/\")");
        problems.environment(exec.env(), exec.workdir(), exec.user());
        problems.timeout(exec.timeout());
        problems.outputLimit(exec.outputLimit());
        ExecBuilder.Tty tty = exec.tty();
        if (tty != null && !(size(tty.rows()) && size(tty.columns()))) {
            problems.add("tty(" + tty.rows() + ", " + tty.columns() + ")", "is not 1 to 65535 rows and columns", "");
        }
        problems.throwIfAny();
    }

    private static boolean size(int characters) {
        return characters >= 1 && characters <= 65535;
    }

    private void names(ContainerSpec spec) {
        if (spec.root() instanceof RootSource.Image image) {
            noNul("image", image.reference());
            if (!image.platform().isEmpty() && !PLATFORM.matcher(image.platform()).matches()) {
                add("platform(\"" + image.platform().replaceAll("\\p{Cntrl}", "?") + "\")", "is not of the form os/architecture[/variant]", "write one such as linux/arm64");
            }
        }
        if (!spec.name().isEmpty() && !NAME.matcher(spec.name()).matches()) {
            add("name(\"" + spec.name() + "\")", "is not letters, digits, '_', '.', '-', beginning with a letter or digit, at most 128", "");
        }
        NetworkRules.check(spec, this);
        spec.annotations().forEach((k, v) -> {
            require(!k.isEmpty(), "annotation(\"\", …)", "has an empty key", "");
            noNul("annotation", k + v);
        });
        spec.labels().forEach((k, v) -> {
            require(!k.isEmpty(), "label(\"\", …)", "has an empty key", "");
            noNul("label", k + v);
        });
        if (spec.log() != Unsaid.LOG) {
            noNul("logDriver", spec.log().driver());
            spec.log().options().forEach((k, v) -> noNul("logDriver", k + v));
        }
    }

    private void process(ContainerSpec.Process p) {
        if (p.command() != null) {
            p.command().forEach(w -> noNul("command", w));
            require(p.command().isEmpty() || !p.command().get(0).isEmpty() || p.entrypoint() != null && !p.entrypoint().isEmpty(), "command(\"\", …)",
                    "names no program", "");
        }
        if (p.entrypoint() != null) {
            p.entrypoint().forEach(w -> noNul("entrypoint", w));
        }
        environment(p.env(), p.workdir(), p.user());
        p.groups().forEach(g -> noNul("group", g));
        if (p.oomScoreAdj() < -1000 || p.oomScoreAdj() > 1000) {
            add("oomScoreAdj(" + p.oomScoreAdj() + ")", "is not between -1000 and 1000", "");
        }
        p.rlimits().forEach((limit, v) -> {
            if (v.soft() < -1 || v.hard() < -1 || v.hard() != -1 && (v.soft() == -1 || v.soft() > v.hard())) {
                add("ulimit(" + limit + ", " + v.soft() + ", " + v.hard() + ")", "the soft limit is above the hard one, or one is below -1", "");
            }
        });
    }

    private void environment(Map<String, String> env, @Nullable String workdir, @Nullable String user) {
        env.forEach((k, v) -> {
            if (k.isEmpty() || k.indexOf('=') >= 0) {
                add("env(\"" + k + "\", …)", "is not a variable name", "");
            }
            if (v == null) {
                add("env(\"" + k + "\", null)", "has no value", "give \"\" for an empty one, or inheritEnv(\"" + k + "\") for the JVM's own, if it has one");
            }
            noNul("env", k + v);
        });
        if (workdir != null) {
            noNul("workdir", workdir);
            if (!workdir.startsWith("/")) {
                add("workdir(\"" + workdir + "\")", "is not absolute", "begin it with /");
            }
        }
        if (user != null) {
            noNul("user", user);
        }
    }

    private void security(ContainerSpec spec) {
        SharingRules.check(spec, this);
        labels(spec);
        ContainerSpec.Security s = spec.security();
        s.sysctls().forEach((key, value) -> {
            noNul("sysctl", key + value);
            if (!SYSCTL.matcher(key).matches() || value.contains("\n")) {
                add("sysctl(\"" + key + "\", …)", "is not one parameter with one value", "");
                return;
            }
            String dotted = dotted(key);
            boolean net = dotted.startsWith("net.");
            if (!(net || dotted.startsWith("fs.mqueue.") || dotted.equals("kernel.sem") || dotted.startsWith("kernel.msg")
                    || dotted.startsWith("kernel.shm") || dotted.equals("kernel.domainname"))) {
                add("sysctl(\"" + key + "\", …)", "is not a parameter of a namespace, so it would change the host", "");
            }
            if (net && spec.network().name().equals("host")) {
                add("sysctl(\"" + key + "\", …)", "with networkHost() would change the host's network", "");
            }
        });
        boolean addAll = s.capAdd().contains(Capability.ALL);
        boolean dropAll = s.capDrop().contains(Capability.ALL);
        require(!(addAll && dropAll), "capAdd(ALL) and capDrop(ALL)", "contradict each other", "");
        for (Capability c : s.capAdd()) {
            if (c != Capability.ALL && s.capDrop().contains(c)) {
                add("capAdd(" + c + ") and capDrop(" + c + ")", "contradict each other", "");
            }
        }
        require(!s.privileged() || s.capDrop().isEmpty(), "privileged() and capDrop(…)", "contradict each other", "use capAdd(ALL) with capDrop(…)");
    }

    private void labels(ContainerSpec spec) {
        ContainerSpec.Labels labels = spec.security().labels();
        if (!labels.apparmor().isEmpty() && !PROFILE.matcher(labels.apparmor()).matches()) {
            add("apparmor(\"" + labels.apparmor().replaceAll("\\p{Cntrl}", "?") + "\")", "is no name of a profile", "give one that aa-status(8) lists");
        }
        if (!labels.selinux().isEmpty() && !SELINUX.matcher(labels.selinux()).matches()) {
            add("selinux(\"" + labels.selinux().replaceAll("\\p{Cntrl}", "?") + "\")", "is no label", "give user:role:type or user:role:type:level, such as system_u:system_r:container_t:s0");
        }
        boolean asked = !labels.selinux().isEmpty() || !labels.apparmor().isEmpty() && !labels.apparmor().equals(ContainerSpec.Labels.UNCONFINED);
        require(!asked || !spec.process().init(), "init()", "would be a first process without the profile that apparmor(…) or selinux(…) gives the program", "leave one of them out");
    }

    /** What limits say about each other; each for itself was checked when it was given. */
    Resources checked(Resources r) {
        resources(r);
        throwIfAny();
        return r;
    }

    /** @throws InvalidSpec if it cannot be a container's name */
    static String name(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new InvalidSpec("name(\"" + name.replace('\0', '?') + "\")", "is not letters, digits, '_', '.', '-', beginning with a letter or digit, at most 128", "");
        }
        return name;
    }

    private void resources(Resources r) {
        require(r.nanoCpus() == 0 || r.cpuQuotaMicros() == 0, "cpus(…) and cpuQuota(…)", "say the same thing twice", "give one of them");
        if (found.isEmpty() || found.stream().noneMatch(p -> p.field().startsWith("memory"))) {
            require(r.memorySwap() == 0 || r.memory() > 0, "memorySwap(…)", "needs memory(…) as well", "");
            require(r.memorySwap() <= 0 || r.memorySwap() >= r.memory(), "memorySwap(…)",
                    "counts memory and swap together, so it cannot be below memory(…)", "");
            require(r.memoryReservation() == 0 || r.memory() == 0 || r.memoryReservation() <= r.memory(), "memoryReservation(…)", "is above memory(…)", "");
        }
        r.throttles().forEach(t -> noNul("throttle", t.device()));
        r.deviceWeights().forEach(w -> noNul("blkioWeight", w.device()));
    }

    /** sysctl(8) takes {@code net/ipv4/conf/eth0.1/forwarding} too: whichever separator comes first separates. */
    private static String dotted(String key) {
        int slash = key.indexOf('/');
        int dot = key.indexOf('.');
        return slash >= 0 && (dot < 0 || slash < dot) ? key.replace('/', '.') : key;
    }

    private void users(ContainerSpec spec) {
        if (spec.security().users() instanceof UserNamespace.Host) {
            return;
        }
        String field = "userns(…)";
        boolean kept = spec.security().users() instanceof UserNamespace.KeepId; // what it excludes depends on who runs the JVM
        if (spec.security().users() instanceof UserNamespace.Mapped maps) {
            require(maps.users().stream().noneMatch(r -> r.outside() == 0) && maps.groups().stream().noneMatch(r -> r.outside() == 0), field, UserNamespace.Mapped.GIVES_ROOT,
                    "map to users above 0");
        }
        require(!spec.security().privileged(), field, "and privileged() exclude each other: what privileged() gives belongs to the host's root", "leave one out");
        require(kept || !spec.network().name().equals("host"), field, "and networkHost() exclude each other: /sys of a foreign network cannot be mounted", "use another network");
        require(spec.oci() != null || !(spec.root() instanceof RootSource.Directory d && d.writable()), field, "and writable() exclude each other: files would belong to other users",
                "leave writable() out");
        require(spec.files().devices().isEmpty(), field, "has no device(…): device nodes cannot be made in a user namespace", "leave device(…) out");
    }

    private void life(ContainerSpec.Life life) {
        timeout(life.timeout());
        if (life.stopTimeout().isNegative()) {
            add("stopTimeout(" + life.stopTimeout() + ")", "is negative", "");
        }
        outputLimit(life.outputLimit());
        if (life.waitTimeout().isNegative() || life.waitTimeout().isZero()) {
            add("waitTimeout(" + life.waitTimeout() + ")", "is not positive", "");
        }
    }

    private void timeout(@Nullable Duration timeout) {
        if (timeout != null && (timeout.isNegative() || timeout.isZero())) {
            add("timeout(" + timeout + ")", "is not positive", "");
        }
    }

    private void outputLimit(long bytes) {
        if (bytes <= 0) {
            add("outputLimit(" + bytes + ")", "is not positive", "");
        }
    }

    void noNul(String field, String text) {
        if (text.indexOf('\0') >= 0) {
            add(field, "contains a NUL character, where the kernel's strings end: '" + text.replace("\0", "\\0") + "'", "");
        }
    }
}
