package dev.caisson;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a container is to be: an immutable value, made by {@link ContainerBuilder#spec()}, valid in itself, not yet seen by any host. It can be kept,
 * compared, printed and run any number of times ({@link Engine#run}, {@link Engine#execute}).
 *
 * @param root where its root file system comes from
 * @param name the user's name for it; "" for the first 12 digits of its id
 * @param labels the user's
 * @param annotations the user's, for OCI tools
 * @param process what runs
 * @param files what it sees besides its root
 * @param identity what it is called and how it resolves names
 * @param security what it may do
 * @param resources what it may use
 * @param network how it is connected
 * @param log where its output goes
 * @param life how long it lives
 * @param oci what only an OCI bundle says; null unless it comes from one
 */
public record ContainerSpec(RootSource root, String name, Map<String, String> labels, Map<String, String> annotations, Process process, Files files, Identity identity,
        Security security, Resources resources, Network network, Log log, Life life, @Nullable OciSettings oci) {
    /** Labels and annotations are copied. */
    public ContainerSpec {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
    }

    /**
     * The same with another name.
     *
     * @param other as {@link ContainerBuilder#name} takes it
     * @return a copy with that name
     * @throws InvalidSpec if it is none
     */
    public ContainerSpec named(String other) {
        return new ContainerSpec(root, SpecValidator.name(other), labels, annotations, process, files, identity, security, resources, network, log, life, oci);
    }

    /** {@return whether NET_ADMIN is among what its processes may have: in the host's user namespace that reaches the namespaces behind its interfaces (rtnetlink(7), IFLA_TARGET_NETNSID)} */
    public boolean netAdmin() {
        if (oci != null) {
            return oci.capabilities().bounding().contains(Capability.NET_ADMIN);
        }
        return security.privileged() || !security.capDrop().contains(Capability.NET_ADMIN)
                && (security.capAdd().contains(Capability.ALL) || security.capAdd().contains(Capability.NET_ADMIN));
    }

    /**
     * The same with other limits.
     *
     * @param other all limits; what was limited before and is not in it is limited no more
     * @return a copy, not checked again
     */
    public ContainerSpec with(Resources other) {
        return new ContainerSpec(root, name, labels, annotations, process, files, identity, security, other, network, log, life, oci);
    }

    /**
     * The same with other files.
     *
     * @param other all mounts, devices and secrets
     * @return a copy, not checked again
     */
    public ContainerSpec with(Files other) {
        return new ContainerSpec(root, name, labels, annotations, process, other, identity, security, resources, network, log, life, oci);
    }

    /**
     * The same with another root file system.
     *
     * @param other an image, a directory, or the host's root
     * @return a copy, not checked again
     */
    public ContainerSpec with(RootSource other) {
        return new ContainerSpec(other, name, labels, annotations, process, files, identity, security, resources, network, log, life, oci);
    }

    /**
     * Starts it at the times of a schedule, by the default engine; see {@link Engine#schedule}.
     *
     * @param when {@link Schedule#cron} or {@link Schedule#every}
     * @return closing it ends the schedule and kills the run under way
     * @throws InvalidSpec if it is {@code detached()} or has {@code stdin(InputStream)}
     */
    public ScheduledContainer schedule(Schedule when) {
        return Containers.engine().schedule(this, when);
    }

    /**
     * Writes an OCI bundle that other runtimes run, by the default engine; see {@link Engine#toBundle}.
     *
     * @param directory made if it is missing
     * @throws InvalidSpec if a bundle has no words for something
     * @throws StorageProblem if there is a {@code config.json} already, or it cannot be written
     */
    public void toBundle(java.nio.file.Path directory) {
        Containers.engine().toBundle(this, directory);
    }

    /**
     * The same with another process.
     *
     * @param other program, environment, user and streams
     * @return a copy, not checked again
     */
    public ContainerSpec with(Process other) {
        return new ContainerSpec(root, name, labels, annotations, other, files, identity, security, resources, network, log, life, oci);
    }

    /**
     * What is reachable from inside, for people: files, users, powers, network and limits, a line each; what reaches the host is in capitals.
     *
     * @return lines without secrets, for people; the wording is no interface
     */
    public String explain() {
        return Explanation.of(this);
    }

    /**
     * What runs.
     *
     * @param entrypoint null for the image's, empty for none
     * @param command null for the image's
     * @param env added to the image's
     * @param workdir null for the image's
     * @param user {@code user[:group]} by name or number; null for the image's
     * @param groups further groups by name or number
     * @param stdin what it reads; {@link Stdin#NONE} for nothing
     * @param tty whether its standard streams are a terminal
     * @param init whether a small pid 1 reaps orphans and forwards signals
     * @param oomScoreAdj -1000 to 1000, 0 for unchanged
     * @param rlimits resource limits of setrlimit(2); of those left out NOFILE is 1,024 and 524,288, the others are the JVM's
     */
    public record Process(@Nullable List<String> entrypoint, @Nullable List<String> command, Map<String, String> env, @Nullable String workdir,
            @Nullable String user, List<String> groups, Stdin stdin, boolean tty, boolean init, int oomScoreAdj, Map<Rlimit, Rlimit.Value> rlimits) {
        /** The lists and maps are copied. */
        public Process {
            entrypoint = entrypoint == null ? null : List.copyOf(entrypoint);
            command = command == null ? null : List.copyOf(command);
            env = env.isEmpty() ? Map.of() : java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(env));
            groups = List.copyOf(groups);
            rlimits = Map.copyOf(rlimits);
        }

        /**
         * The same with another directory, and with a variable, where they were left open.
         *
         * @param directory absolute
         * @param name of the variable
         * @param value its value
         * @return a copy
         */
        public Process in(String directory, String name, String value) {
            Map<String, String> more = new java.util.LinkedHashMap<>(env);
            more.putIfAbsent(name, value);
            return new Process(entrypoint, command, more, workdir == null ? directory : workdir, user, groups, stdin, tty, init, oomScoreAdj, rlimits);
        }

        /**
         * The same as another user.
         *
         * @param other {@code user[:group]} by name or number
         * @return a copy
         */
        public Process as(String other) {
            return new Process(entrypoint, command, env, workdir, other, groups, stdin, tty, init, oomScoreAdj, rlimits);
        }
    }

    /**
     * What it sees besides its root.
     *
     * @param readOnly how read-only the root is
     * @param mounts binds, volumes, images and tmpfs, in the order given
     * @param shmSize bytes of /dev/shm
     * @param devices host devices
     * @param deviceRules device cgroup rules such as {@code c 42:* rmw}
     * @param volumesFrom containers whose binds and volumes this one has too
     * @param secrets files in memory
     */
    public record Files(ReadOnly readOnly, List<Mount> mounts, long shmSize, List<Device> devices, List<String> deviceRules, List<VolumesFrom> volumesFrom,
            List<Secret> secrets) {
        /** The lists are copied. */
        public Files {
            volumesFrom = List.copyOf(volumesFrom);
            secrets = List.copyOf(secrets);
            mounts = List.copyOf(mounts);
            devices = List.copyOf(devices);
            deviceRules = List.copyOf(deviceRules);
        }
    }

    /**
     * What it is called and how it resolves names.
     *
     * @param hostname "" for the short id
     * @param domainName the NIS domain name; "" for none
     * @param extraHosts name to address, for /etc/hosts
     * @param dns addresses of name servers; empty for the host's
     * @param dnsSearch search domains
     * @param dnsOptions options of resolv.conf(5), such as {@code ndots:2}
     */
    public record Identity(String hostname, String domainName, Map<String, String> extraHosts, List<String> dns, List<String> dnsSearch,
            List<String> dnsOptions) {
        /** Map and lists are copied. */
        public Identity {
            extraHosts = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(extraHosts));
            dns = List.copyOf(dns);
            dnsSearch = List.copyOf(dnsSearch);
            dnsOptions = List.copyOf(dnsOptions);
        }
    }

    /**
     * What it may do.
     *
     * @param capAdd on top of docker's fourteen
     * @param capDrop to do without
     * @param privileged all capabilities and devices, nothing masked, no filter
     * @param noNewPrivileges whether set-uid programs gain nothing
     * @param seccomp which system calls are allowed
     * @param sysctls kernel parameters of its namespaces, by their dotted names
     * @param timeNamespace whether it has a time namespace of its own
     * @param bootTimeOffset added to its boot-time and monotonic clocks; needs a time namespace
     * @param users whether it has a user namespace of its own
     * @param namespaces which others it shares
     * @param sandbox whether it is the strict preset; the other values say what that came to
     * @param least of a sandbox: the weakest tier that will do
     * @param labels of the kernel's security modules
     */
    public record Security(Set<Capability> capAdd, Set<Capability> capDrop, boolean privileged, boolean noNewPrivileges, SeccompChoice seccomp,
            Map<String, String> sysctls, boolean timeNamespace, Duration bootTimeOffset, UserNamespace users,
            Namespaces namespaces, boolean sandbox, SandboxTier least, Labels labels) {
        /** Sets and map are copied. */
        public Security {
            capAdd = Set.copyOf(capAdd);
            capDrop = Set.copyOf(capDrop);
            sysctls = Map.copyOf(sysctls);
        }
    }

    /**
     * What security modules are to know its programs by.
     *
     * @param apparmor a profile, {@code unconfined}, or "" for none
     * @param selinux a whole label, or "" for none
     */
    public record Labels(String apparmor, String selinux) {
        /** None. */
        public static final Labels NONE = new Labels("", "");
        /** What docker calls no profile. */
        public static final String UNCONFINED = "unconfined";
    }

    /**
     * Namespaces shared with the host or another container, in docker's words.
     *
     * @param ipc "" for one of its own, {@code none} for that without /dev/shm, {@code host}, {@code container:NAME}
     * @param pid "" for one of its own, {@code host}, {@code container:NAME}
     * @param uts "" for one of its own, {@code host}, {@code container:NAME}
     * @param cgroupHost whether the cgroup namespace is the host's
     */
    public record Namespaces(String ipc, String pid, String uts, boolean cgroupHost) {
        private static final String CONTAINER = "container:";
        /** Its own of everything. */
        public static final Namespaces OWN = new Namespaces("", "", "", false);

        /**
         * The other container that one of the values names; "" if it names none.
         *
         * @param value of {@code ipc}, {@code pid} or {@code uts}
         * @return a name or id
         */
        public static String container(String value) {
            return value.startsWith(CONTAINER) ? value.substring(CONTAINER.length()) : "";
        }
    }

    /**
     * How it is connected.
     *
     * @param endpoints in the order given; empty for {@code bridge} when a port is published, one of the host's is seen, or there is an egress policy, else {@code none}
     * @param ports to be published
     * @param publishAll whether the image's ports are published too
     * @param hostPorts ports of the host's that are seen inside
     * @param exposed {@code 80/tcp}: what it listens on, besides what the image declares
     * @param bandwidth what it may send and receive on each network
     * @param egress what it may reach outside its networks
     */
    public record Network(List<Endpoint> endpoints, List<Port> ports, boolean publishAll, List<HostPort> hostPorts, List<String> exposed, Bandwidth bandwidth,
            Egress egress) {
        /** The lists are copied. */
        public Network {
            endpoints = List.copyOf(endpoints);
            ports = List.copyOf(ports);
            hostPorts = List.copyOf(hostPorts);
            exposed = List.copyOf(exposed);
            egress = java.util.Objects.requireNonNullElse(egress, Egress.OPEN); // written down by a version that knew no policies
        }

        /**
         * A network by name, with nothing published.
         *
         * @param name as of {@link Endpoint#network()}
         */
        public Network(String name) {
            this(List.of(new Endpoint(name, "", List.of())), List.of(), false, List.of(), List.of(), Bandwidth.UNLIMITED, Egress.OPEN);
        }

        /**
         * The name of the first; "" for the default.
         *
         * @return as of {@link Endpoint#network()}
         */
        public String name() {
            return endpoints.isEmpty() ? "" : endpoints.get(0).network();
        }

        /**
         * The endpoints, or what their default is.
         *
         * @return never empty
         */
        public List<Endpoint> chosen() {
            return !endpoints.isEmpty() ? endpoints : List.of(new Endpoint(ports.isEmpty() && !publishAll && hostPorts.isEmpty() && egress.open() ? "none" : "bridge", "", List.of()));
        }
    }

    /**
     * One network of a container.
     *
     * @param network {@code none}, {@code host}, {@code bridge}, {@code container:NAME}, {@code interface:NAME}, or the name of one that was made
     * @param ip "" for any
     * @param aliases further names there
     * @param ip6 "" for any
     * @param mac "" for the one that follows from the address
     * @param linkLocal further addresses in 169.254.0.0/16
     */
    public record Endpoint(String network, String ip, List<String> aliases, String ip6, String mac, List<String> linkLocal) {
        /** Before the name of an interface of the host's that is handed over. */
        public static final String INTERFACE = "interface:";

        /** The lists are copied. */
        public Endpoint {
            aliases = List.copyOf(aliases);
            linkLocal = List.copyOf(linkLocal);
        }

        /**
         * With the usual MAC address.
         *
         * @param network its name
         * @param ip "" for any
         * @param aliases further names there
         * @param ip6 "" for any
         */
        public Endpoint(String network, String ip, List<String> aliases, String ip6) {
            this(network, ip, aliases, ip6, "", List.of());
        }

        /**
         * With any IPv6 address.
         *
         * @param network its name
         * @param ip "" for any
         * @param aliases further names there
         */
        public Endpoint(String network, String ip, List<String> aliases) {
            this(network, ip, aliases, "");
        }
    }

    /**
     * Where its output goes.
     *
     * @param driver "" for the engine's default (json-file for {@code run}, none for {@code execute})
     * @param options the driver's own
     */
    public record Log(String driver, Map<String, String> options) {
        /** The map is copied. */
        public Log {
            options = Map.copyOf(options);
        }
    }

    /**
     * How long it lives, and what it is waited for.
     *
     * @param stopSignal null for the image's, or TERM
     * @param stopTimeout grace between the stop signal and KILL
     * @param timeout after which everything is killed; null for none
     * @param bestEffort a limit the host cannot enforce is reported instead of refused
     * @param captureChanges what was changed is computed before removal
     * @param outputLimit bytes a stream that {@code execute()} keeps in memory
     * @param readiness all of what {@code run()} waits for
     * @param waitTimeout how long it waits
     * @param health how its health is checked
     * @param restart whether it is started again when it ends
     * @param detached whether it outlives the JVM
     */
    public record Life(@Nullable Signal stopSignal, Duration stopTimeout, @Nullable Duration timeout, boolean bestEffort, boolean captureChanges,
            long outputLimit, List<Readiness> readiness, Duration waitTimeout, HealthCheck health, RestartPolicy restart, boolean detached) {
        /** The list is copied. */
        public Life {
            readiness = List.copyOf(readiness);
        }
    }
}
