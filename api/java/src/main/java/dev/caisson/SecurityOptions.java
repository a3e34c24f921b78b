package dev.caisson;

import dev.caisson.spi.Given;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a container may do: the part of {@link ContainerBuilder} that becomes {@link ContainerSpec.Security}.
 *
 * @param <B> the builder
 */
abstract sealed class SecurityOptions<B extends SecurityOptions<B>> extends ResourceOptions<B> permits NetworkOptions {
    private final EnumSet<Capability> capAdd = EnumSet.noneOf(Capability.class);
    private final EnumSet<Capability> capDrop = EnumSet.noneOf(Capability.class);
    private boolean privileged;
    private boolean noNewPrivileges;
    private SeccompChoice seccomp = Unsaid.SECURITY.seccomp();
    private final Map<String, String> sysctls = new LinkedHashMap<>();
    private boolean timeNamespace;
    private Duration bootTimeOffset = Duration.ZERO;
    private UserNamespace users = Unsaid.SECURITY.users();
    private String ipc = "";
    private String pid = "";
    private String uts = "";
    private boolean cgroupHost;
    boolean sandbox;
    private SandboxTier least = SandboxTier.NAMESPACES;
    private String apparmor = "";
    private String selinux = "";

    /**
     * Capabilities on top of docker's fourteen ({@code --cap-add}).
     *
     * @param capabilities those of capabilities(7); {@link Capability#ALL} for all; they accumulate
     * @return this builder
     */
    public B capAdd(Capability... capabilities) {
        Given.one(capabilities);
        capAdd.addAll(List.of(capabilities));
        return self();
    }

    /**
     * Capabilities to do without ({@code --cap-drop}).
     *
     * @param capabilities {@link Capability#ALL} for all but those that are added; they accumulate
     * @return this builder
     */
    public B capDrop(Capability... capabilities) {
        Given.one(capabilities);
        capDrop.addAll(List.of(capabilities));
        return self();
    }

    /**
     * All capabilities and devices, nothing masked, no system call filter ({@code --privileged}). It can take over the host.
     *
     * @return this builder
     */
    public B privileged() {
        privileged = true;
        return self();
    }

    /**
     * Set-uid programs gain nothing ({@code --security-opt no-new-privileges}).
     *
     * @return this builder
     */
    public B noNewPrivileges() {
        noNewPrivileges = true;
        return self();
    }

    /**
     * A system call profile ({@code --security-opt seccomp=FILE}); default docker's policy.
     *
     * @param profile a file on the host, in docker's or OCI's JSON; read at the start
     * @return this builder
     */
    public B seccomp(Path profile) {
        Given.one(profile);
        seccomp = new SeccompChoice.Profile(profile.toAbsolutePath().normalize());
        return self();
    }

    /**
     * No system call filter ({@code --security-opt seccomp=unconfined}).
     *
     * @return this builder
     */
    public B seccompUnconfined() {
        seccomp = new SeccompChoice.Unconfined();
        return self();
    }

    /**
     * An AppArmor profile that its programs run under ({@code --security-opt apparmor=PROFILE}). Default none; Docker's own {@code docker-default} is not made up. Refused where the
     * kernel has no AppArmor; a profile that is not loaded fails the start.
     *
     * @param profile one that is loaded (aa-status(8)), or {@code unconfined} for none
     * @return this builder
     */
    public B apparmor(String profile) {
        Given.one(profile);
        apparmor = profile;
        return self();
    }

    /**
     * The whole SELinux label its processes have ({@code --security-opt label=…}); default none. Files keep their labels: the type must be one that may read the root file system's.
     * Refused where the kernel has no SELinux; a label that the policy does not know fails the start.
     *
     * @param label such as {@code system_u:system_r:container_t:s0:c1,c2}
     * @return this builder
     */
    public B selinux(String label) {
        Given.one(label);
        selinux = label;
        return self();
    }

    /**
     * The strict preset, for code nobody vouches for: no capabilities, no new privileges, a user namespace of its own, a read-only root, no network, Landlock
     * where the kernel has it, and limits where you give none: 512 MiB of memory, 256 processes, 60 s, 16 MiB of output, files of 256 MiB. With
     * {@link Engine#hostRoot} it runs as nobody and does not see {@code /root}, {@code /home}, the shadow files, {@code /etc/ssh} and {@code /var/spool/cron}. A setting
     * that would weaken it is refused by name; {@link ContainerSpec#explain()} says what is reachable.
     *
     * @return this builder
     */
    public B sandbox() {
        return sandbox(SandboxTier.NAMESPACES);
    }

    /**
     * The same where the host may be one that forbids namespaces. With {@link SandboxTier#LANDLOCK} it runs there under Landlock alone, which is weaker, and
     * {@link Execution#sandboxTier()} and the first of {@link Execution#warnings()} say so; it needs Linux 6.2. Wherever the host allows namespaces it has them,
     * so what the weaker tier cannot give (another root than {@link Engine#hostRoot}, mounts, {@code run()} …) is refused by name on every host.
     *
     * @param weakest what will do
     * @return this builder
     */
    public B sandbox(SandboxTier weakest) {
        Given.one(weakest);
        sandbox = true;
        least = weakest;
        return self();
    }

    /**
     * Whose its users are on the host ({@code --userns}, podman's {@code keep-id} too).
     *
     * @param namespace {@link UserNamespace#host()} by default
     * @return this builder
     */
    public B userns(UserNamespace namespace) {
        Given.one(namespace);
        users = namespace;
        return self();
    }

    /**
     * The host's System V IPC, POSIX message queues and {@code /dev/shm} ({@code --ipc host}). Whoever is root inside can change what host programs share there.
     *
     * @return this builder
     */
    public B ipcHost() {
        ipc = "host";
        return self();
    }

    /**
     * An IPC namespace of its own without {@code /dev/shm} ({@code --ipc none}).
     *
     * @return this builder
     */
    public B ipcNone() {
        ipc = "none";
        return self();
    }

    /**
     * The IPC namespace and {@code /dev/shm} of another running container of this engine ({@code --ipc container:NAME}); every container can be shared so.
     *
     * @param container its name or id
     * @return this builder
     */
    public B ipcOf(String container) {
        Given.one(container);
        ipc = "container:" + container;
        return self();
    }

    /**
     * The PID namespace of another running container of this engine ({@code --pid container:NAME}): both see each other's processes, and this one ends with the other, unless
     * that has {@link #pidHost()}.
     *
     * @param container its name or id
     * @return this builder
     */
    public B pidOf(String container) {
        Given.one(container);
        pid = "container:" + container;
        return self();
    }

    /**
     * The PID namespace of the engine's JVM ({@code --pid host}): all processes of the host are seen, and who is root inside can send them signals, the JVM among them. It ends with the JVM all the same, by
     * its cgroups. It cannot be detached, and an ordinary user cannot have it. Memory and files of processes of the same user, also root, with no more capabilities than it has are within its reach
     * ({@code /proc/PID/root}), which may be the host's: give it a {@code user(…)} that nobody else has.
     *
     * @return this builder
     */
    public B pidHost() {
        pid = "host";
        return self();
    }

    /**
     * The host's host name and domain name ({@code --uts host}); sethostname(2) inside would change them, so it takes capAdd(SYS_ADMIN) there.
     *
     * @return this builder
     */
    public B utsHost() {
        uts = "host";
        return self();
    }

    /**
     * The host name and domain name of another running container of this engine, as {@link #ipcOf} shares IPC; docker has no such option.
     *
     * @param container its name or id
     * @return this builder
     */
    public B utsOf(String container) {
        Given.one(container);
        uts = "container:" + container;
        return self();
    }

    /**
     * The host's cgroup namespace: {@code /proc/self/cgroup} and {@code /sys/fs/cgroup} show the whole hierarchy, read-only ({@code --cgroupns host}).
     *
     * @return this builder
     */
    public B cgroupHost() {
        cgroupHost = true;
        return self();
    }

    /**
     * A namespaced kernel parameter ({@code --sysctl}): {@code net.*}, {@code fs.mqueue.*}, {@code kernel.msg*}, {@code kernel.sem}, {@code kernel.shm*}, {@code kernel.domainname}.
     *
     * @param key by its dotted name; one with slashes, as sysctl(8) takes it, is understood too
     * @param value one line
     * @return this builder
     */
    public B sysctl(String key, String value) {
        Given.all(key, value);
        sysctls.put(key, value);
        return self();
    }

    /**
     * A time namespace of its own (time_namespaces(7)).
     *
     * @return this builder
     */
    public B timeNamespace() {
        timeNamespace = true;
        return self();
    }

    /**
     * Its boot-time and monotonic clocks are ahead by this much (or behind, if negative), in a time namespace of its own. The wall clock is not shifted.
     *
     * @param offset added to both clocks; zero by default
     * @return this builder
     */
    public B bootTimeOffset(Duration offset) {
        Given.one(offset);
        timeNamespace = true;
        bootTimeOffset = offset;
        return self();
    }

    final ContainerSpec.Security security() {
        if (capAdd.isEmpty() && capDrop.isEmpty() && !privileged && !noNewPrivileges && seccomp == Unsaid.SECURITY.seccomp() && sysctls.isEmpty() && !timeNamespace
                && users == Unsaid.SECURITY.users() && ipc.isEmpty() && pid.isEmpty() && uts.isEmpty() && !cgroupHost && least == SandboxTier.NAMESPACES && apparmor.isEmpty()
                && selinux.isEmpty()) {
            return Unsaid.SECURITY; // bootTimeOffset comes with a time namespace
        }
        return new ContainerSpec.Security(capAdd, capDrop, privileged, noNewPrivileges, seccomp, sysctls, timeNamespace, bootTimeOffset, users,
                new ContainerSpec.Namespaces(ipc, pid, uts, cgroupHost), false, least, new ContainerSpec.Labels(apparmor, selinux));
    }
}
