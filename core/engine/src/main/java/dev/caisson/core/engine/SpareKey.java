package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.Mount;
import dev.caisson.RootSource;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.linux.FileCalls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a container made ahead depends on: two starts with equal keys differ only in what happens after the pivot (program, environment, user,
 * capabilities, filter, limits of the process, streams) and in name, labels, logs and times.
 *
 * @param image the configuration's digest; null for a directory
 * @param below of a directory: what shows that it was exchanged, or that something was put where mounts go
 */
record SpareKey(RootSource root, @Nullable String image, List<Optional<Identity>> below, ContainerSpec.Files files, ContainerSpec.Identity identity,
        String workdir, int oomScoreAdj, boolean privileged, Map<String, String> sysctls, boolean timeNamespace, Duration bootTimeOffset,
        dev.caisson.Resources resources, ContainerSpec.Network network, boolean bestEffort, String hosts, String resolvConf) {
    /** A file, and whether its entries are the same. */
    record Identity(int devMajor, int devMinor, long ino, long ctimeSec, int ctimeNsec) {}

    /**
     * Empty where a container cannot be made ahead: a host path that is bound may be another by then, a terminal belongs to one user, hostRoot() is
     * about the host as it is now.
     */
    static Optional<SpareKey> of(ContainerSpec spec, ImageDefaults image, HostContext host) {
        if (spec.process().tty() || !spec.files().devices().isEmpty() || spec.files().mounts().stream().anyMatch(m -> m instanceof Mount.Bind)) {
            return Optional.empty();
        }
        List<Optional<Identity>> below = List.of();
        if (spec.root() instanceof RootSource.Directory directory) {
            if (directory.writable()) {
                return Optional.empty();
            }
            below = List.of(identity(directory.path()), identity(directory.path().resolve("etc")), identity(directory.path().resolve("dev")));
        } else if (!(spec.root() instanceof RootSource.Image)) {
            return Optional.empty();
        }
        String workdir = spec.process().workdir() != null ? spec.process().workdir() : image.workdir();
        ContainerSpec.Security security = spec.security();
        return Optional.of(new SpareKey(spec.root(), image.id(), below, spec.files(), spec.identity(), workdir, spec.process().oomScoreAdj(),
                security.privileged(), security.sysctls(), security.timeNamespace(), security.bootTimeOffset(), spec.resources(), spec.network(),
                spec.life().bestEffort(), host.hosts(), host.resolvConf()));
    }

    private static Optional<Identity> identity(Path path) {
        return FileCalls.lstatIfPresent(path).map(s -> new Identity(s.devMajor(), s.devMinor(), s.ino(), s.ctimeSec(), s.ctimeNsec()));
    }
}
