package dev.caisson.core.engine;

import dev.caisson.Container;
import dev.caisson.ContainerSpec;
import dev.caisson.ContainerTimeout;
import dev.caisson.EngineProblem;
import dev.caisson.ExitStatus;
import dev.caisson.Pod;
import dev.caisson.PodSpec;
import dev.caisson.RootSource;
import dev.caisson.Signal;
import dev.caisson.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** A pod: its holder, and the containers that joined it. */
final class LivePod implements Pod {
    private final LocalEngine engine;
    private final PodSpec spec;
    private final List<LivePod> all;
    private final Container holder;
    private final List<Container> members = new CopyOnWriteArrayList<>();
    /** Held by whoever starts, stops or removes. */
    private final ReentrantLock alone = new ReentrantLock();
    private boolean removed;

    private LivePod(LocalEngine engine, PodSpec spec, List<LivePod> all, Container holder) {
        this.engine = engine;
        this.spec = spec;
        this.all = all;
        this.holder = holder;
    }

    static LivePod start(LocalEngine engine, PodSpec spec, List<LivePod> all) {
        List<ContainerSpec> members = spec.containers().stream().map(spec::member).toList(); // before anything is started
        LivePod pod = new LivePod(engine, spec, all, engine.run(holder(engine, spec.holder())));
        all.add(pod);
        try {
            members.forEach(pod::join);
            return pod;
        } catch (RuntimeException | Error e) {
            try {
                pod.remove();
            } catch (RuntimeException failure) {
                e.addSuppressed(failure);
            }
            throw e;
        }
    }

    private static ContainerSpec holder(LocalEngine engine, ContainerSpec asked) {
        ContainerSpec.Process p = asked.process();
        ContainerSpec.Process program = new ContainerSpec.Process(List.of(HolderRoot.PROGRAM, "hold"), List.of(), p.env(), "/", p.user(), p.groups(), p.stdin(), false, false, p.oomScoreAdj(), p.rlimits());
        return new ContainerSpec(new RootSource.Directory(HolderRoot.of(engine.home()), false), asked.name(), asked.labels(), asked.annotations(), program, asked.files(), asked.identity(), asked.security(),
                asked.resources(), asked.network(), asked.log(), asked.life(), null);
    }

    private Container join(ContainerSpec member) {
        Container container = engine.run(member);
        members.add(container);
        return container;
    }

    private void requireThere() {
        if (removed) {
            throw new EngineProblem(Stage.SUPERVISE, "pod " + name() + " was removed", "start another: Engine.pod(…)");
        }
    }

    @Override
    public String name() {
        return spec.name();
    }

    @Override
    public Container holder() {
        return holder;
    }

    /** Those that somebody removed by themselves are no more of it. */
    @Override
    public List<Container> containers() {
        members.removeIf(c -> c.state() == Container.State.REMOVED);
        return List.copyOf(members);
    }

    private List<Container> backwards() {
        List<Container> last = new ArrayList<>(containers());
        Collections.reverse(last);
        return last;
    }

    private <T> T alone(java.util.function.Supplier<T> action) {
        alone.lock();
        try {
            requireThere();
            return action.get();
        } finally {
            alone.unlock();
        }
    }

    @Override
    public Container run(ContainerSpec container) {
        ContainerSpec member = spec.member(container);
        return alone(() -> join(member));
    }

    @Override
    public void start() {
        alone(() -> {
            containers().forEach(Container::start);
            return null;
        });
    }

    @Override
    public void stop() {
        alone(() -> {
            each(backwards(), Container::stop);
            return null;
        });
    }

    @Override
    public void kill(Signal signal) {
        containers().forEach(c -> c.kill(signal));
    }

    @Override
    public void pause() {
        each(containers(), c -> {
            if (c.state() == Container.State.RUNNING) {
                c.pause();
            }
        });
    }

    @Override
    public void resume() {
        each(containers(), c -> {
            if (c.state() == Container.State.PAUSED) {
                c.resume();
            }
        });
    }

    @Override
    public List<ExitStatus> waitForExit(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        List<ExitStatus> ends = new ArrayList<>();
        for (Container each : containers()) {
            Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
            try {
                ends.add(each.waitForExit(left));
            } catch (ContainerTimeout e) {
                throw new ContainerTimeout("container " + each.name() + " of pod " + name() + " still runs after " + timeout, timeout, null);
            }
        }
        return ends;
    }

    /** For all of them, whatever becomes of one. */
    private static void each(List<Container> containers, Consumer<Container> action) {
        RuntimeException first = null;
        for (Container each : containers) {
            try {
                action.accept(each);
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    @Override
    public void remove() {
        end(Container::remove);
    }

    @Override
    public void close() {
        end(Container::close);
    }

    private void end(Consumer<Container> how) {
        alone.lock();
        try {
            if (!removed) {
                removed = true;
                List<Container> everything = backwards();
                everything.add(holder);
                all.remove(this);
                each(everything, how);
            }
        } finally {
            alone.unlock();
        }
    }

    @Override
    public String toString() {
        return "pod " + name() + (removed ? " (removed)" : ", " + members.size() + " containers");
    }
}
