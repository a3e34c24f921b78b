package dev.caisson.core.engine;

import dev.caisson.CommitOptions;
import dev.caisson.Container.State;
import dev.caisson.ContainerSpec;
import dev.caisson.EngineProblem;
import dev.caisson.Image;
import dev.caisson.RootSource;
import dev.caisson.Signal;
import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.UserNamespace;
import dev.caisson.core.content.WholeFile;
import dev.caisson.core.image.Commit;
import dev.caisson.core.layer.LayerPacker;
import dev.caisson.core.layer.TarEntry;
import dev.caisson.linux.SafeRoot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What is made of a container's file system: a tar, an image. Its processes stand still meanwhile, and it is neither removed nor restarted. */
final class ContainerImages {
    private static final int NOBODY = 65534;

    private ContainerImages() {}

    static void export(LiveContainer container, Path file) {
        still(container, "export", true, () -> {
            RunContext run = container.run();
            try (SafeRoot root = SafeRoot.of(run.root().root().dup())) {
                WholeFile.write(file, Stage.SUPERVISE, "exporting container " + container.name() + " to",
                        out -> run.engine().powers().with(() -> new LayerPacker(root, LayerPacker.Source.FLAT, inside(run.origin().users())).pack(out)));
            }
            return file;
        });
    }

    static Image commit(LiveContainer container, String reference, CommitOptions options) {
        return still(container, "commit", options.pause(), () -> {
            RunContext run = container.run();
            try (SafeRoot root = SafeRoot.of(run.root().root().dup())) {
                Commit commit = new Commit(run.origin().image(), root, run.origin().image() == null ? List.of() : run.changes(), inside(run.origin().users()), settings(run.spec()));
                return run.engine().imageSource().commit(reference, commit, options);
            }
        });
    }

    private static Commit.Settings settings(ContainerSpec spec) {
        ContainerSpec.Process process = spec.process();
        List<String> ports = new ArrayList<>();
        spec.network().ports().forEach(p -> ports.add(p.containerPort() + "/" + p.protocol()));
        Signal stop = spec.life().stopSignal();
        return new Commit.Settings(process.entrypoint(), process.command(), process.env(), process.workdir(), process.user(), spec.labels(), ports,
                stop == null ? null : "SIG" + stop);
    }

    /** Owners as the container sees them. */
    private static UnaryOperator<TarEntry> inside(UserNamespace.@Nullable Mapped users) {
        return users == null ? UnaryOperator.identity() : entry -> entry.owner(inside(users.users(), entry.uid()), inside(users.groups(), entry.gid()));
    }

    private static long inside(List<UserNamespace.Range> ranges, long outside) {
        return ranges.stream().filter(r -> outside >= r.outside() && outside < r.outside() + r.size()).findFirst().map(r -> r.inside() + outside - r.outside()).orElse((long) NOBODY);
    }

    private static <T> T still(LiveContainer container, String what, boolean pause, Supplier<T> work) {
        if (container.spec().root() instanceof RootSource.HostRoot) {
            throw new UnsupportedOnThisHost(Stage.SUPERVISE, "could not " + what + " container " + container.name() + ": its root file system is the host's",
                    "take what it changed: changes()");
        }
        container.alone.lock(); // who removes or restarts it waits
        try {
            State state = container.state();
            if (state == State.REMOVED) {
                throw new EngineProblem(Stage.SUPERVISE, "could not " + what + " container " + container.name() + ": it is REMOVED", "do so before it is removed");
            }
            boolean frozen = pause && state == State.RUNNING && freeze(container);
            try {
                return work.get();
            } finally {
                if (frozen && container.state() == State.PAUSED) {
                    container.resume();
                }
            }
        } finally {
            container.alone.unlock();
        }
    }

    /** False if it ended by itself before that. */
    private static boolean freeze(LiveContainer container) {
        try {
            container.pause();
            return true;
        } catch (EngineProblem e) {
            if (container.state() == State.EXITED) {
                return false;
            }
            throw e;
        }
    }
}
