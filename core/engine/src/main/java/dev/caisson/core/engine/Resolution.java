package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.InvalidSpec;
import dev.caisson.Mount;
import dev.caisson.OciSettings;
import dev.caisson.ReadOnly;
import dev.caisson.Signal;
import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.UserNamespace;
import dev.caisson.core.rootless.IdMaps;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.rootfs.OpenRoot;
import dev.caisson.core.security.identity.Identity;
import dev.caisson.core.spec.CommandLine;
import dev.caisson.core.spec.Environment;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.core.spec.Rlimits;
import dev.caisson.core.spec.Sysctls;
import dev.caisson.core.spec.Targets;
import dev.caisson.core.spec.TmpfsOptions;
import dev.caisson.spi.storage.LayerId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a spec, an image and a host come to: the input of the plan compiler. */
final class Resolution {
    /** What the file-system standard calls volatile (FHS 3.0: /run, /tmp, /var/{tmp,cache,lock}). */
    private static final List<String> VOLATILE = List.of("/run", "/tmp", "/var/tmp", "/var/cache", "/var/lock");

    /** A launch message carries 250 descriptors and a plan has 512 slots, of which a mount takes one. */
    private static final int MAX_MOUNTS = 220;
    private static final int[] NO_GROUPS = {};

    private final HostContext host;
    private final ContainerSpec spec;
    private final ImageDefaults image;
    private final String hostname;
    private final OpenRoot root;
    private final @Nullable LayerId top;
    private final Optional<PlanInput.Users> users;
    private final @Nullable IdMaps ordinary;
    private final boolean holder;
    private final boolean canSetGroups;

    /**
     * @param top of an image: its last layer
     * @param ordinary of an ordinary user's engine, which maps every container has; else null
     * @param holder whether it is a pod's holder
     */
    Resolution(HostContext host, ContainerSpec spec, ImageDefaults image, String hostname, OpenRoot root, @Nullable LayerId top, Optional<PlanInput.Users> users,
            @Nullable IdMaps ordinary, boolean holder) {
        this.host = host;
        this.spec = spec;
        this.image = image;
        this.hostname = hostname;
        this.root = root;
        this.top = top;
        this.users = users;
        this.ordinary = ordinary;
        this.holder = holder;
        this.canSetGroups = ordinary == null || ordinary.subordinate();
    }

    /** The builder's, else the image's, else TERM. */
    Signal stopSignal() {
        Signal given = spec.life().stopSignal();
        if (given != null) {
            return given;
        }
        try {
            return image.stopSignal().isEmpty() ? Signal.TERM : Signal.of(image.stopSignal());
        } catch (IllegalArgumentException e) {
            throw new InvalidSpec("the image's STOPSIGNAL \"" + image.stopSignal() + "\"", String.valueOf(e.getMessage()), "give stopSignal(Signal)");
        }
    }

    PlanInput input(PlanInput.NetworkNamespace network, Set<String> fileTargets, boolean etc, PlanInput.Cgroup cgroup, boolean reportRunning) {
        boolean ownNetwork = network != PlanInput.NetworkNamespace.HOST;
        Identity identity = identity();
        users.ifPresent(own -> requireMapped(own.maps(), identity, ordinary));
        return new PlanInput(hostname, spec.identity().domainName(), network, SharedNamespaces.spaces(spec), files(fileTargets, etc), process(identity),
                host.privileges().of(spec, identity.root()), cgroup, Sysctls.of(spec.security().sysctls(), ownNetwork && spec.oci() == null, users.isPresent()),
                spec.security().timeNamespace(), spec.security().bootTimeOffset(), users.orElse(null), reportRunning, OciHooks.stops(spec));
    }

    /** Of a container made ahead, what its spec leaves open until then. @param known who that is, if it was found out ahead */
    PlanInput become(PlanInput ahead, Optional<Identity> known, boolean reportRunning) {
        Identity identity = known.orElseGet(this::identity);
        users.ifPresent(own -> requireMapped(own.maps(), identity, ordinary));
        return ahead.with(process(identity), host.privileges().of(spec, identity.root()), reportRunning);
    }

    /** @param ordinary of an ordinary user's engine; else null */
    static void requireMapped(UserNamespace.Mapped maps, Identity identity, @Nullable IdMaps ordinary) {
        IdMaps usual = ordinary != null && maps.equals(ordinary.maps()) ? ordinary : null; // else they were chosen for this container
        long user = Integer.toUnsignedLong(identity.uid());
        require(maps.user(user) >= 0, user, "user", usual);
        long group = Integer.toUnsignedLong(identity.gid());
        require(maps.group(group) >= 0, group, "group", usual);
        for (int each : ordinary == null || ordinary.subordinate() ? identity.supplementary() : NO_GROUPS) {
            long further = Integer.toUnsignedLong(each);
            require(maps.group(further) >= 0, further, "group", usual);
        }
    }

    private static void require(boolean mapped, long id, String what, @Nullable IdMaps ordinary) {
        if (!mapped) {
            if (ordinary != null) {
                throw new UnsupportedOnThisHost(Stage.PLAN, "the JVM is an ordinary user, whose containers have no " + what + " " + id
                        + " but " + ordinary.has() + (ordinary.without().isEmpty() ? "" : ": " + ordinary.without()), ordinary.remedy());
            }
            throw new InvalidSpec("userns(…)", "does not map " + what + " " + id + ", which the container runs with", "map it, or give another user(…)");
        }
    }

    /** Who its user is, by its own files. */
    Identity identity() {
        return host.users().of(spec.root(), top, root.root(), user(spec), spec.process().groups());
    }

    private String user(ContainerSpec of) {
        return of.process().user() != null ? of.process().user() : image.user();
    }

    /** Whether another spec of the same image means the same user. */
    boolean sameUser(ContainerSpec other) {
        return user(spec).equals(user(other)) && spec.process().groups().equals(other.process().groups());
    }

    private PlanInput.Process process(Identity identity) {
        ContainerSpec.Process p = spec.process();
        List<String> argv = CommandLine.argv(p, image);
        Environment environment = spec.oci() != null ? Environment.exactly(p.env(), identity.home()) : Environment.of(hostname, p.tty(), image.env(), p.env(), identity.home());
        String workdir = Targets.normal(p.workdir() != null ? p.workdir() : image.workdir());
        return new PlanInput.Process(CommandLine.candidates(argv.get(0), environment.path(), workdir), argv, environment.lines(), workdir, identity.uid(),
                identity.gid(), canSetGroups ? groups(identity) : null, p.tty(), init(), p.oomScoreAdj(), Rlimits.of(p.rlimits(), host.hardNofile()));
    }

    private PlanInput.Init init() {
        return holder ? PlanInput.Init.WAITING : spec.process().init() ? PlanInput.Init.REAPER : PlanInput.Init.NONE;
    }

    /** A bundle's are exactly those it lists. */
    private int[] groups(Identity identity) {
        return spec.oci() == null ? identity.supplementary() : spec.process().groups().stream().mapToInt(Integer::parseUnsignedInt).toArray();
    }

    /** Everything that {@link #furnish} looks at, of a container without devices and but for what is the host's. */
    record Furniture(ContainerSpec.Files files, List<String> volumes, List<PlanInput.Attached> mounts, List<PlanInput.Masked> masked, Set<String> fileTargets,
            boolean etc) {}

    private PlanInput.Root files(Set<String> fileTargets, boolean etc) {
        if (spec.oci() != null || !spec.files().secrets().isEmpty() || !spec.files().devices().isEmpty() || spec.security().privileged()) {
            return furnish(fileTargets, etc); // secrets are kept nowhere, and devices may be others by now
        }
        Furniture key = new Furniture(spec.files(), image.volumes(), root.mounts(), root.masked(), Set.copyOf(fileTargets), etc);
        return host.furnished().get(key, () -> furnish(fileTargets, etc));
    }

    private PlanInput.Root furnish(Set<String> fileTargets, boolean etc) {
        boolean privileged = spec.security().privileged();
        boolean readOnly = spec.files().readOnly() != ReadOnly.NO;
        List<String> writable = new ArrayList<>();
        if (spec.files().readOnly() == ReadOnly.VOLATILE) {
            writable.addAll(VOLATILE);
        }
        image.volumes().stream().map(Targets::clean).distinct().forEach(writable::add);
        List<PlanInput.Attached> mounts = mounts(fileTargets, etc);
        int count = mounts.size() + (readOnly ? writable.size() : 0);
        if (count > MAX_MOUNTS) {
            throw new InvalidSpec("bind(…), tmpfs(…)" + (readOnly ? " and the image's VOLUMEs" : ""), "are " + count + " mounts, more than " + MAX_MOUNTS, "");
        }
        OciSettings oci = spec.oci();
        if (oci != null) {
            List<PlanInput.Node> nodes = new ArrayList<>(DeviceNodes.of(spec.files().devices(), false));
            oci.devices().forEach(d -> nodes.add(DeviceNodes.node(d)));
            return new PlanInput.Root(readOnly, writable, mounts, nodes, OciMasks.masked(oci.masked(), root.root()), OciMasks.normal(oci.readOnly()), false, spec.files().shmSize());
        }
        List<PlanInput.Masked> masked = new ArrayList<>(privileged ? List.of() : host.masked());
        masked.addAll(root.masked());
        return new PlanInput.Root(readOnly, writable, mounts, DeviceNodes.of(spec.files().devices(), privileged), masked,
                privileged ? List.of() : host.readOnlyPaths(), privileged, spec.files().shmSize());
    }

    private static String kind(Mount mount) {
        return mount instanceof Mount.Volume ? "volume" : mount instanceof Mount.Image ? "imageMount" : "bind";
    }

    /** Those of the root itself, the /etc files, then the user's from the top down, as docker sorts them. */
    private List<PlanInput.Attached> mounts(Set<String> fileTargets, boolean etc) {
        List<PlanInput.Attached> users = new ArrayList<>();
        for (Mount mount : spec.files().mounts()) {
            String target = Targets.clean(mount.target());
            if (mount instanceof Mount.Tmpfs tmpfs) {
                users.add(new PlanInput.Attached(target, false, TmpfsOptions.options(tmpfs), TmpfsOptions.attributes(tmpfs), false, "tmpfs(\"" + target + "\")"));
            } else {
                users.add(new PlanInput.Attached(target, fileTargets.contains(target), null, 0, false, kind(mount) + "(…, \"" + target + "\")"));
            }
        }
        if (!spec.files().secrets().isEmpty()) {
            users.add(new PlanInput.Attached(SecretFiles.TARGET, false, null, 0, false, "secret(…)"));
        }
        users.sort(Comparator.comparingLong(m -> m.target().chars().filter(c -> c == '/').count()));
        List<PlanInput.Attached> all = new ArrayList<>(root.mounts());
        if (etc) {
            for (String name : List.of("hostname", "hosts", "resolv.conf")) {
                String target = "/etc/" + name;
                if (users.stream().noneMatch(m -> m.target().equals(target))) {
                    // An image may have a dangling link there; the container does without rather than not at all.
                    all.add(new PlanInput.Attached(target, true, null, 0, true, target));
                }
            }
        }
        all.addAll(users);
        return all;
    }
}
