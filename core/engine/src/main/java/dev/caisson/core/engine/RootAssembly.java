package dev.caisson.core.engine;

import dev.caisson.ContainerSpec;
import dev.caisson.Mount;
import dev.caisson.UserNamespace;
import dev.caisson.core.plan.PlanInput;
import dev.caisson.core.rootfs.BindMounts;
import dev.caisson.core.rootfs.OpenRoot;
import dev.caisson.core.rootfs.SeenBy;
import dev.caisson.core.security.identity.Identity;
import dev.caisson.core.spec.EtcFiles;
import dev.caisson.core.spec.ImageDefaults;
import dev.caisson.core.spec.Targets;
import dev.caisson.spi.storage.LayerId;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The stage ROOTFS of one container: its directories, its root, and what is mounted into that; for its first start, and again for each that follows. */
final class RootAssembly {
    private final LocalEngine engine;
    private final RunContext run;
    private final Received received;
    private final Set<String> fileTargets = new HashSet<>();
    private @Nullable ContainerFiles files;
    /** Of a user namespace of its own. */
    private @Nullable SeenBy users;
    private UserNamespace wanted = UserNamespace.host();

    RootAssembly(LocalEngine engine, RunContext run, Received received) {
        this.engine = engine;
        this.run = run;
        this.received = received;
    }

    /** Comes first: the process needs it before it needs a root. */
    void users(ContainerSpec spec) {
        if (!engine.powers().rootless()) { // else the worker's maps are its own, and nothing is seen through them
            users = engine.userRanges().open(spec.security().users(), run.id(), run.undoStack());
        }
        wanted = spec.security().users();
    }

    /**
     * Makes it.
     *
     * @param only whether nothing of the container is started a second time
     * @return the spec with everything in it that had to be chosen
     */
    ContainerSpec make(ContainerSpec spec, ImageDefaults image, @Nullable LayerId top, boolean only) {
        ContainerFiles made = ContainerFiles.make(engine.home(), run.id());
        files = made;
        run.files(made);
        run.undoStack().push("container directory", made::remove);
        OpenRoot root = RootStage.open(engine, spec, run.id(), made, top, users);
        run.root(root);
        run.origin(new RunContext.Origin(image.id(), owners()));
        run.warn(root.warnings());
        receive(root, only, received);
        ContainerSpec chosen = volumes(spec);
        binds(chosen, image, received);
        return chosen;
    }

    /** The same root for another start, with fresh mounts of everything. */
    void again(ContainerSpec spec, ImageDefaults image, Received into) {
        receive(run.root(), false, into);
        binds(spec, image, into);
        if (files().hasEtc()) {
            files().etcAgain().forEach((target, file) -> into.putUnlessThere("mount " + target, file));
        }
    }

    private static void receive(OpenRoot root, boolean only, Received into) {
        into.put("root", root.held().forLaunch(only));
        root.received().forEach(r -> into.put("mount " + r.target(), r.mount().forLaunch(only)));
    }

    /** Once in a container's life; what is mounted of them is made for each start. */
    private ContainerSpec volumes(ContainerSpec spec) {
        if (!VolumeStage.concerns(spec)) {
            return spec;
        }
        VolumeStage.Chosen chosen = VolumeStage.choose(spec, engine::specOf);
        run.chosen(chosen.spec());
        for (Mount mount : chosen.spec().files().mounts()) {
            if (mount instanceof Mount.Volume volume) {
                engine.volumeStage(run.id()).take(volume, chosen.anonymous().contains(volume.volume()), files().statePath(), run.root().root(), users == null ? null : users.maps(), run.undoStack());
            }
        }
        return chosen.spec();
    }

    /** Fresh detached mounts of the host's devices, where the container cannot make its own, and of the user's binds, volumes and secrets. */
    private void binds(ContainerSpec spec, ImageDefaults image, Received into) {
        if (byEngine() != null) {
            UserNamespaces.devices(into);
        }
        SharedNamespaces.receive(engine, spec, run.name(), into);
        OciHooks.receive(spec, run.id(), into);
        Targets.distinct(spec.files().mounts());
        for (Mount mount : spec.files().mounts()) {
            if (mount instanceof Mount.Bind bind) {
                String target = Targets.clean(bind.target());
                BindMounts.Bound bound = BindMounts.make(bind);
                into.put("mount " + target, bound.mount());
                if (bound.file()) {
                    fileTargets.add(target);
                }
            } else if (mount instanceof Mount.Volume volume) {
                into.put("mount " + Targets.clean(volume.target()), engine.volumeStage(run.id()).mount(volume, users));
            }
        }
        if (!spec.files().secrets().isEmpty()) {
            Identity owner = Identities.resolve(run.root().root(), spec.process().user() != null ? spec.process().user() : image.user(), spec.process().groups());
            into.put("mount " + SecretFiles.TARGET, SecretFiles.mount(spec.files().secrets(), owner, owners()));
        }
    }

    /** Its three files of /etc, where the caller has not bound one of his own. */
    void etc(EtcFiles etc) {
        files().etc(etc, owners()).forEach((target, file) -> received.putUnlessThere("mount " + target, file));
    }

    ContainerFiles files() {
        return java.util.Objects.requireNonNull(files, "ROOTFS comes first");
    }

    /** The targets of binds that are no directories. */
    Set<String> fileTargets() {
        return fileTargets;
    }

    /** Whom its users are on the host, by a user namespace of its own or by the worker's; null if they are the same. */
    PlanInput.@Nullable Users namespace() {
        UserNamespace.Mapped maps = byEngine();
        return users != null ? new PlanInput.Users(users.maps(), true) : maps == null ? null : new PlanInput.Users(maps, false);
    }

    /** Those of an ordinary user's container, which his guard may not write. */
    private UserNamespace.@Nullable Mapped byEngine() {
        return engine.powers().maps(wanted);
    }

    /** Whom files of its users belong to, where they are made by others than itself; null if the numbers are the same. */
    private UserNamespace.@Nullable Mapped owners() {
        return users == null ? engine.powers().kept(wanted) : users.maps();
    }

    /** In a user namespace the child may neither write its maps nor join its cgroups: where the guard may not either, it waits until this is done. */
    @Nullable Preparation beforeGo() {
        UserNamespace.Mapped maps = byEngine();
        return maps == null && !OciHooks.whileCreating(run.spec()) ? null : new Preparation(pid -> {
            if (maps != null) {
                run.cgroup().join(pid);
                UserNamespaces.enterBelow(pid, maps, engine.powers());
                run.connections().enter(pid); // a network namespace of its user namespace's cannot be connected before
            }
            OciHooks.created(run, pid);
        }, engine.workers());
    }
}
