package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.Mount;
import dev.caisson.Rlimit;
import dev.caisson.RootSource;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.linux.Fcntl;
import dev.caisson.linux.Fd;
import dev.caisson.linux.FileCalls;
import dev.caisson.linux.SyscallException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a container made ahead depends on: two starts with equal keys differ only in program, environment, user and
 * streams, and in name, labels, logs and times.
 *
 * @param image the configuration's digest; null for a directory
 * @param below of a directory: what shows that it was exchanged, or that something was put where mounts go
 */
record SpareKey(RootSource root, @Nullable String image, List<Optional<Identity>> below, ContainerSpec.Files files, ContainerSpec.Identity identity,
        String workdir, int oomScoreAdj, Map<Rlimit, Rlimit.Value> rlimits, ContainerSpec.Security security, dev.caisson.Resources resources, ContainerSpec.Network network, boolean bestEffort, String hosts, String resolvConf) {
    /** Networks that need nothing to be connected. */
    private static final List<String> ANYBODYS = List.of("none", "host");
    private static final int DIRECTORY = Fcntl.O_PATH | Fcntl.O_DIRECTORY;

    /** Few are kept, and those with equal roots differ seldom. */
    @Override
    public int hashCode() {
        return 31 * root.hashCode() + java.util.Objects.hashCode(image);
    }

    /** A file, and whether its content or entries are the same. */
    record Identity(int devMajor, int devMinor, long ino, long ctimeSec, int ctimeNsec, boolean link) {}

    /**
     * Empty where a container cannot be made ahead: a host path that is bound may be another by then, a volume is had by whom it was given to, a terminal belongs to one user, a shared namespace goes with another container,
     * an address of one's own to one container, hostRoot() is
     * about the host as it is now.
     */
    static Optional<SpareKey> of(ContainerSpec spec, ImageDefaults image, HostContext host, NetworkRoom networks) {
        if (spec.life().detached() || !connectable(spec.network().chosen(), networks) || spec.process().tty() || !spec.security().namespaces().equals(ContainerSpec.Namespaces.OWN) || !spec.files().devices().isEmpty() || spec.files().mounts().stream().anyMatch(m -> !(m instanceof Mount.Tmpfs))
                || !spec.files().volumesFrom().isEmpty() || !spec.files().secrets().isEmpty()) {
            return Optional.empty();
        }
        List<Optional<Identity>> below = List.of();
        if (spec.root() instanceof RootSource.Directory directory) {
            if (directory.writable()) {
                return Optional.empty();
            }
            below = look(directory.path());
            if (below.isEmpty() || below.stream().flatMap(Optional::stream).anyMatch(Identity::link)) {
                return Optional.empty(); // what a link leads to may change unseen
            }
        } else if (!(spec.root() instanceof RootSource.Image)) {
            return Optional.empty();
        }
        String workdir = spec.process().workdir() != null ? spec.process().workdir() : image.workdir();
        return Optional.of(new SpareKey(spec.root(), image.id(), below, spec.files(), spec.identity(), workdir, spec.process().oomScoreAdj(),
                spec.process().rlimits(), spec.security(), spec.resources(), spec.network(),
                spec.life().bestEffort(), host.hosts(), host.resolvConf()));
    }

    /** To one network that can be had ahead, or to none. */
    private static boolean connectable(List<ContainerSpec.Endpoint> chosen, NetworkRoom networks) {
        return chosen.size() == 1 && (ANYBODYS.contains(chosen.get(0).network()) || networks.attachable(chosen.get(0)).isPresent());
    }

    /** One name at a time: whoever fills the directory may put links anywhere. Empty if there is no such directory. */
    private static List<Optional<Identity>> look(Path directory) {
        try (Fd root = FileCalls.open(directory, DIRECTORY, 0)) {
            Optional<Identity> etc = identity(root, "etc");
            if (etc.isEmpty() || etc.get().link()) {
                return List.of(identity(root, ""), identity(root, "dev"), etc);
            }
            try (Fd inside = FileCalls.openat(root, "etc", DIRECTORY | Fcntl.O_NOFOLLOW, 0)) {
                return List.of(identity(root, ""), identity(root, "dev"), etc, identity(inside, "passwd"), identity(inside, "group"));
            }
        } catch (SyscallException e) {
            return List.of(); // the start will say what is wrong
        }
    }

    private static Optional<Identity> identity(Fd directory, String name) {
        return FileCalls.fstatatIfPresent(directory, name, name.isEmpty() ? Fcntl.AT_EMPTY_PATH : Fcntl.AT_SYMLINK_NOFOLLOW)
                .map(s -> new Identity(s.devMajor(), s.devMinor(), s.ino(), s.ctimeSec(), s.ctimeNsec(), s.isSymlink()));
    }
}
