package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.NetworkProblem;
import dev.caisson.RootSource;
import dev.caisson.Stage;
import dev.caisson.UserNamespace;
import dev.caisson.core.rootfs.DirectoryRoot;
import dev.caisson.core.rootfs.GivenRoot;
import dev.caisson.core.rootfs.HostRoot;
import dev.caisson.core.rootfs.ImageRoot;
import dev.caisson.core.rootfs.OpenRoot;
import dev.caisson.core.rootfs.OrdinaryHostRoot;
import dev.caisson.core.rootfs.SeenBy;
import dev.caisson.core.spec.EtcFiles;
import dev.caisson.linux.Mountinfo;
import dev.caisson.spi.storage.LayerId;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The stage ROOTFS: a container's root file system, by where it comes from, and the three files of its /etc that are the engine's. */
final class RootStage {
    private RootStage() {}

    /** @param top of an image: its last layer. @param users the user namespace through which it is seen; null for the host's */
    static OpenRoot open(LocalEngine engine, ContainerSpec spec, String id, ContainerFiles made, @Nullable LayerId top, @Nullable SeenBy users) {
        return ImageMounts.with(root(engine, spec, id, made, top, users), engine, spec, id, made, users);
    }

    private static OpenRoot root(LocalEngine engine, ContainerSpec spec, String id, ContainerFiles made, @Nullable LayerId top, @Nullable SeenBy users) {
        if (spec.root() instanceof RootSource.Directory directory) {
            return DirectoryRoot.open(directory, engine.home().mountPoints(), made.state(), made.statePath(), users);
        }
        if (spec.root() instanceof RootSource.HostRoot host) {
            List<Path> hidden = List.of(engine.home().root(), engine.home().run());
            return engine.powers().rootless() ? OrdinaryHostRoot.open(host, Mountinfo.read(), own(spec), hidden, made.state(), made.statePath())
                    : HostRoot.open(host, engine.host().fileSystems(), hidden, made.state(), made.statePath(), users);
        }
        UserNamespace.Mapped kept = engine.powers().kept(spec.security().users());
        if (kept != null && top != null) {
            return GivenRoot.open(engine.drivers().storage(), id, engine.home().mountPoints(), made.state(), made.statePath(), top, kept);
        }
        return ImageRoot.open(engine.drivers().storage(), id, engine.home().mountPoints(), made.statePath(), top, users);
    }

    /** Where an ordinary user's files are, as far as that can be known. */
    private static List<Path> own(ContainerSpec spec) {
        String workdir = spec.process().workdir();
        return Stream.of(System.getProperty("user.home"), System.getProperty("user.dir"), "/var/tmp/.", workdir == null ? "/" : workdir)
                .map(Path::of).filter(Path::isAbsolute).map(Path::normalize).toList();
    }

    /** @param whose the container whose network it has. @param host whether that is the host's */
    static EtcFiles etc(LocalEngine engine, RunContext whose, String hostname, boolean host) {
        Connections connections = whose.connections();
        ContainerSpec.Identity identity = whose.spec().identity();
        if (identity.extraHosts().containsValue("host-gateway") && connections.hostGateway().isEmpty()) {
            throw new NetworkProblem(Stage.NETWORK, "addHost(…, \"host-gateway\") of container " + whose.name() + " is not possible: the host cannot be reached from "
                    + (connections.names().isEmpty() ? "network none" : "network " + String.join(", ", connections.names())), "give it a network with a way out");
        }
        return EtcFiles.of(identity, hostname, host, engine.host().hosts(), engine.host().resolvConf(),
                new EtcFiles.Reach(connections.addresses(), connections.nameservers(), connections.hostGateway().orElse("")));
    }
}
