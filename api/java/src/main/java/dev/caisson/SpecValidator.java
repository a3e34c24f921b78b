package dev.caisson;

import dev.caisson.spi.Sizes;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Collects everything that is wrong with a builder's values without asking the host. */
final class SpecValidator {
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}");
    private static final Pattern PLATFORM = Pattern.compile("[a-z0-9][a-z0-9._-]{0,31}(/[a-z0-9][a-z0-9._-]{0,31}){1,2}");
    private static final Pattern HOSTNAME = Pattern.compile("[a-zA-Z0-9]([a-zA-Z0-9.-]{0,62}[a-zA-Z0-9])?");
    private static final Pattern NUMBER_LIST = Pattern.compile("\\d{1,5}(-\\d{1,5})?(,\\d{1,5}(-\\d{1,5})?)*");
    private static final Pattern SYSCTL = Pattern.compile("[a-z0-9_-]+([./][a-zA-Z0-9_:-]+)+");
    private static final Pattern DEVICE_RULE = Pattern.compile("[acb] (\\d{1,7}|\\*):(\\d{1,7}|\\*) [rwm]{1,3}");
    /** Docker's RestrictedNamePattern. */
    private static final Pattern VOLUME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}");
    private static final Pattern SECRET = Pattern.compile("[a-zA-Z0-9_.-]{1,64}");
    /** A label in /proc/PID/attr ends with its line; ours goes there behind a word (apparmor_setprocattr). */
    private static final Pattern PROFILE = Pattern.compile("[\\p{Graph}&&[\\p{ASCII}]]([\\p{Print}&&[\\p{ASCII}]]{0,253}[\\p{Graph}&&[\\p{ASCII}]])?");
    private static final Pattern SELINUX = Pattern.compile("[a-zA-Z0-9_.-]{1,64}:[a-zA-Z0-9_.-]{1,64}:[a-zA-Z0-9_.-]{1,64}(:[a-zA-Z0-9_.,:-]{1,512})?");
    private static final int MAX_SECRET = 1 << 20;
    private static final Pattern IPV4 = Pattern.compile("(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}");
    private static final Pattern MAC = Pattern.compile("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}");
    private static final String METADATA = "169.254.169.254";
    private static final String CONTAINER = "container:";
    private static final Set<String> ALONE = Set.of("none", "host");
    /** One message to the guard carries 253 descriptors (SCM_RIGHTS, unix(7)); some are the container's own. */
    private static final int MAX_BINDS = 200;
    private static final Set<String> TMPFS = new TreeSet<>(List.of("size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "ro", "rw", "exec", "noexec", "suid",
            "nosuid", "dev", "nodev", "noatime", "strictatime", "huge"));

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
        require(NUMBER_LIST.matcher(text).matches(), method + "(\"" + text + "\")", "is not a list such as 0-3,5", "");
        return text;
    }

    /** A method is called again: what was wrong with its last call is mended. */
    void forget(String method) {
        found.removeIf(p -> p.field().startsWith(method + "("));
    }

    /**
     * Makes the spec and checks it as a whole. What is found here is forgotten again, so that a builder can be mended and asked again.
     *
     * @throws InvalidSpec listing everything
     */
    ContainerSpec checked(Supplier<ContainerSpec> maker) {
        Set<InvalidSpec.Problem> early = new LinkedHashSet<>(found);
        try {
            ContainerSpec spec = maker.get();
            names(spec);
            process(spec.process());
            files(spec.files());
            security(spec);
            users(spec);
            resources(spec.resources());
            life(spec.life());
            require(spec.life().restart().when() == RestartPolicy.When.NO || !(spec.process().stdin() instanceof Stdin.Stream), "restart(" + spec.life().restart() + ")",
                    "and stdin(InputStream) exclude each other: a stream is read once", "give stdin(byte[])");
            if (!found.isEmpty()) {
                throw new InvalidSpec(List.copyOf(found));
            }
            return spec;
        } finally {
            found.retainAll(early);
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
        problems.require(tty == null || size(tty.rows()) && size(tty.columns()), tty == null ? "tty()" : "tty(" + tty.rows() + ", " + tty.columns() + ")",
                "is not 1 to 65535 rows and columns", "");
        if (!problems.found.isEmpty()) {
            throw new InvalidSpec(List.copyOf(problems.found));
        }
    }

    private static boolean size(int characters) {
        return characters >= 1 && characters <= 65535;
    }

    private void names(ContainerSpec spec) {
        if (spec.root() instanceof RootSource.Image image) {
            noNul("image", image.reference());
            require(image.platform().isEmpty() || PLATFORM.matcher(image.platform()).matches(), "platform(\"" + image.platform().replaceAll("\\p{Cntrl}", "?") + "\")",
                    "is not of the form os/architecture[/variant]", "write one such as linux/arm64");
        }
        require(spec.name().isEmpty() || NAME.matcher(spec.name()).matches(), "name(\"" + spec.name() + "\")",
                "is not letters, digits, '_', '.', '-', beginning with a letter or digit, at most 128", "");
        String host = spec.identity().hostname();
        require(host.isEmpty() || HOSTNAME.matcher(host).matches(), "hostname(\"" + host + "\")", "is not a host name of at most 64 characters", "");
        String domain = spec.identity().domainName();
        noNul("domainName", domain);
        require(domain.length() <= 64, "domainName(\"" + domain + "\")", "is longer than the kernel's 64 characters", "");
        spec.identity().extraHosts().forEach((name, address) -> {
            require(HOSTNAME.matcher(name).matches(), "addHost(\"" + name + "\", …)", "is not a host name", "");
            if (!address.equals("host-gateway")) {
                address("addHost(\"" + name + "\", \"" + address + "\")", address);
            }
        });
        spec.identity().dns().forEach(a -> address("dns(\"" + a + "\")", a));
        spec.identity().dnsSearch().forEach(d -> require(d.matches("[a-zA-Z0-9._-]{1,253}"), "dnsSearch(\"" + d + "\")", "is not a domain", ""));
        spec.identity().dnsOptions().forEach(o -> require(o.matches("[a-z0-9:_-]{1,64}"), "dnsOption(\"" + o + "\")", "is not a resolver option", ""));
        networks(spec);
        spec.annotations().forEach((k, v) -> {
            require(!k.isEmpty(), "annotation(\"\", …)", "has an empty key", "");
            noNul("annotation", k + v);
        });
        spec.labels().forEach((k, v) -> {
            require(!k.isEmpty(), "label(\"\", …)", "has an empty key", "");
            noNul("label", k + v);
        });
        noNul("logDriver", spec.log().driver());
        spec.log().options().forEach((k, v) -> noNul("logDriver", k + v));
    }

    private void address(String field, String text) {
        require(text.matches("[0-9a-fA-F:.]{2,45}"), field, "is not an IP address", "");
    }

    /** A literal, for which no name is looked up. */
    private static boolean ipv6(String text) {
        try {
            return text.matches("[0-9a-fA-F:.]{2,45}") && text.indexOf(':') >= 0 && java.net.InetAddress.getByName(text) instanceof java.net.Inet6Address;
        } catch (java.net.UnknownHostException e) {
            return false;
        }
    }

    private void networks(ContainerSpec spec) {
        List<ContainerSpec.Endpoint> endpoints = spec.network().endpoints();
        for (ContainerSpec.Endpoint each : endpoints) {
            String name = each.network();
            boolean other = name.startsWith(CONTAINER);
            boolean handed = name.startsWith(ContainerSpec.Endpoint.INTERFACE);
            require(handed || NAME.matcher(other ? name.substring(CONTAINER.length()) : name).matches(), "network(\"" + name + "\")", "is not a network name", "");
            endpoint(each);
            if (handed) {
                String device = name.substring(ContainerSpec.Endpoint.INTERFACE.length());
                require(device.matches("[^\\s/:]{1,15}") && !device.equals("."), "hostInterface(\"" + device + "\")", "is not the name of an interface", "ip link");
                require(each.ip().isEmpty() && each.ip6().isEmpty() && each.mac().isEmpty() && each.linkLocal().isEmpty() && each.aliases().isEmpty(), "hostInterface(\"" + device + "\")", "gives no addresses or names: it keeps its own",
                        "leave ip(…) and networkAlias(…) out");
                require(!device.equals("lo"), "hostInterface(\"lo\")", "is the loopback, which every network namespace has", "");
            }
            boolean alone = other || ALONE.contains(name);
            require(!alone || endpoints.size() == 1, "network(\"" + name + "\")", "goes with no other network", "leave one out");
            require(!alone || each.ip().isEmpty() && each.ip6().isEmpty() && each.mac().isEmpty() && each.linkLocal().isEmpty() && each.aliases().isEmpty(), "network(\"" + name + "\")", "gives no addresses or names", "leave ip(…) and networkAlias(…) out");
            require(!other || spec.network().ports().isEmpty() && !spec.network().publishAll(), "network(\"" + name + "\")", "has its ports published by the other container",
                    "publish them there");
            require(!other || spec.identity().hostname().isEmpty() && spec.identity().extraHosts().isEmpty() && spec.identity().dns().isEmpty()
                    && spec.identity().dnsSearch().isEmpty() && spec.identity().dnsOptions().isEmpty(), "network(\"" + name + "\")",
                    "has the names and resolvers of the other container", "leave hostname(…), addHost(…) and dns…(…) out");
        }
        require(spec.network().bandwidth().unlimited() || spec.network().chosen().stream().noneMatch(e -> ALONE.contains(e.network()) || e.network().startsWith(CONTAINER)),
                "bandwidth(…)", "is for containers on a network of their own", "give it network(\"bridge\") or a network of yours; with container:NAME limit that one");
        require(spec.network().egress().open() || spec.network().chosen().stream().noneMatch(e -> ALONE.contains(e.network()) || e.network().startsWith(CONTAINER)),
                "egress(…)", "is for containers on a network of their own", "give it network(\"bridge\") or a network of yours; with container:NAME that one's policy holds");
        require(spec.network().egress().open() || !spec.security().privileged(), "egress(…)", "means nothing with privileged(), which has the host's devices and so the host",
                "give it single capabilities with capAdd(…)");
        spec.network().ports().forEach(this::port);
        spec.network().hostPorts().forEach(p -> {
            String field = "exposeHostPort(" + p.hostPort() + (p.hostPort() == p.containerPort() ? "" : ", " + p.containerPort()) + ")";
            require(p.hostPort() >= 1 && p.hostPort() <= 65535 && p.containerPort() >= 1 && p.containerPort() <= 65535, field, "is not a port from 1 to 65535", "");
            require(endpoints.stream().noneMatch(e -> ALONE.contains(e.network()) || e.network().startsWith(CONTAINER)), field, "is for containers on a bridge",
                    "give it network(\"bridge\"), or an internal network of yours if it shall reach nothing else; with networkHost() the port is there already");
        });
    }

    private void endpoint(ContainerSpec.Endpoint endpoint) {
        require(endpoint.ip().isEmpty() || IPV4.matcher(endpoint.ip()).matches(), "ip(\"" + endpoint.ip() + "\")", "is not an IPv4 address", "ip6(…) takes one of IPv6");
        require(endpoint.ip6().isEmpty() || ipv6(endpoint.ip6()), "ip6(\"" + endpoint.ip6() + "\")", "is not an IPv6 address", "");
        require(endpoint.mac().isEmpty() || MAC.matcher(endpoint.mac()).matches() && (Integer.parseInt(endpoint.mac().substring(0, 2), 16) & 1) == 0 && !endpoint.mac().matches("[0:]*"),
                "macAddress(\"" + endpoint.mac() + "\")", "is not the MAC address of one station", "such as 92:d0:c6:0a:29:33");
        endpoint.linkLocal().forEach(a -> require(IPV4.matcher(a).matches() && a.matches("169\\.254\\.(?!0\\.|255\\.).*") && !a.equals(METADATA), "linkLocalIp(\"" + a + "\")",
                "is not an address from 169.254.1.0 to 169.254.254.255 (RFC 3927), without " + METADATA + ", where clouds have their metadata", ""));
        endpoint.aliases().forEach(a -> require(NAME.matcher(a).matches() && a.length() <= 63, "networkAlias(\"" + a + "\")",
                "is not letters, digits, '_', '.', '-', beginning with a letter or digit, at most 63", ""));
    }

    /** The same for one endpoint. */
    static ContainerSpec.Endpoint check(ContainerSpec.Endpoint endpoint) {
        SpecValidator problems = new SpecValidator();
        problems.endpoint(endpoint);
        if (!problems.found.isEmpty()) {
            throw new InvalidSpec(List.copyOf(problems.found));
        }
        return endpoint;
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
        require(p.oomScoreAdj() >= -1000 && p.oomScoreAdj() <= 1000, "oomScoreAdj(" + p.oomScoreAdj() + ")", "is not between -1000 and 1000", "");
        p.rlimits().forEach((limit, v) -> require(v.soft() >= -1 && v.hard() >= -1 && (v.hard() == -1 || v.soft() != -1 && v.soft() <= v.hard()),
                "ulimit(" + limit + ", " + v.soft() + ", " + v.hard() + ")", "the soft limit is above the hard one, or one is below -1", ""));
    }

    private void environment(Map<String, String> env, @Nullable String workdir, @Nullable String user) {
        env.forEach((k, v) -> {
            require(!k.isEmpty() && k.indexOf('=') < 0, "env(\"" + k + "\", …)", "is not a variable name", "");
            noNul("env", k + v);
        });
        if (workdir != null) {
            noNul("workdir", workdir);
            require(workdir.startsWith("/"), "workdir(\"" + workdir + "\")", "is not absolute", "begin it with /");
        }
        if (user != null) {
            noNul("user", user);
        }
    }

    private void files(ContainerSpec.Files files) {
        long binds = files.mounts().stream().filter(m -> !(m instanceof Mount.Tmpfs)).count();
        require(binds <= MAX_BINDS, "bind(…)", binds + " binds are more than the " + MAX_BINDS + " a container can have", "bind a directory above them");
        for (Mount m : files.mounts()) {
            String field = (m instanceof Mount.Tmpfs ? "tmpfs(\"" : m instanceof Mount.Volume ? "volume(…, \"" : m instanceof Mount.Image ? "imageMount(…, \"" : "bind(…, \"") + m.target() + "\")";
            noNul(field, m.target());
            require(m.target().startsWith("/"), field, "the target is not absolute", "begin it with /");
            require(!m.target().matches("[/.]+"), field, "the target is the root itself", "");
            if (m instanceof Mount.Volume v) {
                volume(v);
            }
            if (m instanceof Mount.Image i) {
                noNul(field, i.reference() + i.subpath());
                require(!i.reference().isEmpty(), field, "names no image", "give its name or id");
                require(inside(i.subpath()), field, "the subpath '" + i.subpath() + "' leaves the image", "give a relative path without ..");
            }
            if (m instanceof Mount.Tmpfs t) {
                for (Map.Entry<String, String> o : t.options().entrySet()) {
                    String nearest = Nearest.to(o.getKey(), TMPFS);
                    require(TMPFS.contains(o.getKey()), field, "the tmpfs option '" + o.getKey() + "' is unknown",
                            nearest.isEmpty() ? "known options: " + String.join(", ", TMPFS) : "did you mean '" + nearest + "'?");
                    noNul(field, o.getValue());
                }
            }
        }
        files.volumesFrom().forEach(from -> require(!from.container().isEmpty() && from.container().indexOf('\0') < 0, "volumesFrom(\"" + from.container().replace('\0', '?') + "\")",
                "names no container", "give the name or id of a container of this engine"));
        secrets(files.secrets());
        for (Device d : files.devices()) {
            noNul("device", d.hostPath() + d.containerPath());
            require(d.hostPath().startsWith("/") && d.containerPath().startsWith("/") && d.access().matches("[rwm]{1,3}"), "device(\"" + d.hostPath() + "\", \""
                    + d.containerPath() + "\", \"" + d.access() + "\")", "wants two absolute paths and an access of r, w, m", "");
        }
        files.deviceRules().forEach(r -> require(DEVICE_RULE.matcher(r).matches(), "deviceRule(\"" + r + "\")", "is not a rule such as 'c 42:* rmw'", ""));
    }

    private void volume(Mount.Volume v) {
        String field = "volume(\"" + v.volume() + "\", \"" + v.target() + "\")";
        require(v.volume().isEmpty() || VOLUME.matcher(v.volume()).matches(), field, "is no name of a volume",
                v.volume().startsWith("/") || v.volume().startsWith(".") ? "bind(Path, target) is for directories of the host" : "begin with a letter or digit, go on with these, '_', '.' and '-'");
        noNul(field, v.subpath());
        require(inside(v.subpath()), field, "the subpath '" + v.subpath() + "' leaves the volume",
                "give a relative path without ..");
    }

    private static boolean inside(String subpath) {
        return !subpath.startsWith("/") && !List.of(subpath.split("/")).contains("..");
    }

    private void secrets(List<Secret> secrets) {
        java.util.Set<String> names = new java.util.HashSet<>();
        for (Secret secret : secrets) {
            String field = "secret(\"" + secret.name().replace('\0', '?') + "\", …)";
            require(SECRET.matcher(secret.name()).matches() && !secret.name().matches("[.]+"), field, "is no file name", "use letters, digits, '_', '.' and '-'");
            require(secret.content().length <= MAX_SECRET, field, "has " + secret.content().length + " bytes, more than " + MAX_SECRET, "");
            require(names.add(secret.name()), field, "is one of two with this name", "leave one of them out");
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
            require(net || dotted.startsWith("fs.mqueue.") || dotted.equals("kernel.sem") || dotted.startsWith("kernel.msg")
                    || dotted.startsWith("kernel.shm") || dotted.equals("kernel.domainname"), "sysctl(\"" + key + "\", …)",
                    "is not a parameter of a namespace, so it would change the host", "");
            require(!net || !spec.network().name().equals("host"), "sysctl(\"" + key + "\", …)", "with networkHost() would change the host's network", "");
        });
        boolean addAll = s.capAdd().contains(Capability.ALL);
        boolean dropAll = s.capDrop().contains(Capability.ALL);
        require(!(addAll && dropAll), "capAdd(ALL) and capDrop(ALL)", "contradict each other", "");
        s.capAdd().forEach(c -> require(c == Capability.ALL || !s.capDrop().contains(c), "capAdd(" + c + ") and capDrop(" + c + ")", "contradict each other", ""));
        require(!s.privileged() || s.capDrop().isEmpty(), "privileged() and capDrop(…)", "contradict each other", "use capAdd(ALL) with capDrop(…)");
    }

    private void labels(ContainerSpec spec) {
        ContainerSpec.Labels labels = spec.security().labels();
        require(labels.apparmor().isEmpty() || PROFILE.matcher(labels.apparmor()).matches(), "apparmor(\"" + labels.apparmor().replaceAll("\\p{Cntrl}", "?") + "\")",
                "is no name of a profile", "give one that aa-status(8) lists");
        require(labels.selinux().isEmpty() || SELINUX.matcher(labels.selinux()).matches(), "selinux(\"" + labels.selinux().replaceAll("\\p{Cntrl}", "?") + "\")", "is no label",
                "give user:role:type or user:role:type:level, such as system_u:system_r:container_t:s0");
        boolean asked = !labels.selinux().isEmpty() || !labels.apparmor().isEmpty() && !labels.apparmor().equals(ContainerSpec.Labels.UNCONFINED);
        require(!asked || !spec.process().init(), "init()", "would be a first process without the profile that apparmor(…) or selinux(…) gives the program", "leave one of them out");
    }

    /** What limits say about each other; each for itself was checked when it was given. */
    Resources checked(Resources r) {
        resources(r);
        if (!found.isEmpty()) {
            throw new InvalidSpec(List.copyOf(found));
        }
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
        if (found.stream().noneMatch(p -> p.field().startsWith("memory"))) {
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
        require(kept || !spec.process().tty(), field, "is not yet there with tty()", "leave one out");
    }

    private void life(ContainerSpec.Life life) {
        timeout(life.timeout());
        require(!life.stopTimeout().isNegative(), "stopTimeout(" + life.stopTimeout() + ")", "is negative", "");
        outputLimit(life.outputLimit());
        require(!life.waitTimeout().isNegative() && !life.waitTimeout().isZero(), "waitTimeout(" + life.waitTimeout() + ")", "is not positive", "");
    }

    private void timeout(@Nullable Duration timeout) {
        require(timeout == null || !timeout.isNegative() && !timeout.isZero(), "timeout(" + timeout + ")", "is not positive", "");
    }

    private void outputLimit(long bytes) {
        require(bytes > 0, "outputLimit(" + bytes + ")", "is not positive", "");
    }

    void noNul(String field, String text) {
        require(text.indexOf('\0') < 0, field, "contains a NUL character, where the kernel's strings end: '" + text.replace("\0", "\\0") + "'", "");
    }

    private void port(Port port) {
        String field = "port(" + (port.hostAddress().isEmpty() ? "" : "\"" + port.hostAddress() + "\", ")
                + (port.hostPort() == 0 ? "" : port.hostPort() + ", ") + port.containerPort() + (port.protocol() == Protocol.TCP ? "" : ", " + port.protocol().name()) + ")";
        require(port.containerPort() >= 1 && port.containerPort() <= 65535, field, "is not a port from 1 to 65535", "");
        require(port.hostPort() >= 0 && port.hostPort() <= 65535, field, "is not a host port from 0 (any) to 65535", "");
        if (!port.hostAddress().isEmpty()) {
            require(IPV4.matcher(port.hostAddress()).matches() || ipv6(port.hostAddress()), field, "has no IP address of the host", "leave it out for all addresses");
        }
    }
}
